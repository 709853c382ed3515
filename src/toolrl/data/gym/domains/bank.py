"""Accounts, transfers, bills and cards."""

from __future__ import annotations

from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import decimal, entity, pool, whole
from toolrl.tools import ToolFailure

_ACCOUNTS = {"train": ("savings", "travel", "family", "business"), "heldout": ("joint", "holiday")}


class Bank(Domain):
    """One customer's accounts, in euros."""

    def build(self) -> None:
        """Balances, people to pay, bills that are due."""
        names = _ACCOUNTS[self.pools.split]
        self.balances = {name: self.rng.randrange(200000, 900000) / 100 for name in names}
        numbers = self.rng.sample(range(1000, 9999), 30)
        self.bills = {f"B-{number}": float(self.rng.randrange(10, 90)) for number in numbers}
        self.transfers: list[dict[str, object]] = []
        self.frozen: set[str] = set()
        self.limit = 1000

    @asked(
        "What is the balance of my {account} account?",
        "How much money is in my {account} account?",
        "Check the balance of the {account} account.",
        "Tell me how much I have in my {account} account.",
        goal="see a balance",
        slots={"account": entity("balances")},
        many=("What are the balances of my {*} accounts?", "{account}"),
        missing={
            "account": (
                "What is my account balance?",
                "How much money do I have in my account?",
                "Which account do you mean?",
            )
        },
    )
    def get_balance(self, account: str) -> float:
        """Balance of an account."""
        if account not in self.balances:
            raise ToolFailure(f"no account '{account}'")
        return self.balances[account]

    @asked(
        "Send {amount} euros to {person}[ with the note '{note}'].",
        "Transfer {amount} euros to {person}[, note '{note}'].",
        "I want to pay {person} {amount} euros[ with the note '{note}'].",
        "Please move {amount} euros to {person}'s account[, saying '{note}'].",
        goal="send money",
        slots={"person": pool("people"), "amount": decimal(5, 95), "note": pool("notes")},
        many=("Send {*}.", "{amount} euros to {person}"),
        missing={
            "person": (
                "Send {amount} euros.",
                "I want to transfer {amount} euros.",
                "Who should get the money?",
            ),
            "amount": (
                "Send some money to {person}.",
                "I owe {person} money, please send it.",
                "How much should I send?",
            ),
        },
        acts=True,
    )
    def transfer_money(self, person: str, amount: float, note: str = "") -> str:
        """Send euros to a person."""
        if not 0 < amount <= self.limit:
            raise ToolFailure(f"amount must be above 0 and at most {self.limit}")
        self.transfers.append({"person": person, "amount": amount, "note": note})
        return f"sent {amount:.2f} euros to {person}"

    @asked(
        "Pay bill {bill}.",
        "Please settle the bill {bill} for me.",
        "I want to pay the bill with number {bill}.",
        "Can you pay my bill {bill}?",
        goal="pay a bill",
        slots={"bill": entity("bills")},
        many=("Pay the bills {*}.", "{bill}"),
        missing={
            "bill": (
                "Pay my bill.",
                "There is a bill I have to pay, please do it.",
                "Which bill should I pay?",
            )
        },
        acts=True,
    )
    def pay_bill(self, bill: str) -> str:
        """Pay a bill that is due."""
        if bill not in self.bills:
            raise ToolFailure(f"no open bill '{bill}'")
        return f"paid {self.bills.pop(bill):.2f} euros"

    @asked(
        "Freeze my {card} card.",
        "I lost my {card} card, block it.",
        "My {card} card was stolen, please freeze it.",
        "Can you block my {card} card?",
        goal="freeze a card",
        missing={
            "card": (
                "Freeze my bank card.",
                "I lost a bank card, block it.",
                "Which card, debit or credit?",
            )
        },
        acts=True,
    )
    def freeze_card(self, card: Literal["debit", "credit"]) -> str:
        """Block a bank card."""
        self.frozen.add(card)
        return f"{card} card frozen"

    @asked(
        "Set my daily payment limit to {amount} euros.",
        "Change my daily limit for payments to {amount} euros.",
        "I want to pay at most {amount} euros a day, set that limit.",
        "Can you set the payment limit to {amount} euros per day?",
        goal="set a payment limit",
        slots={"amount": whole(100, 900)},
        missing={
            "amount": (
                "Change my daily payment limit.",
                "I need a different payment limit.",
                "What should the limit be?",
            )
        },
        acts=True,
        once=True,
        heldout=True,
    )
    def set_payment_limit(self, amount: int) -> str:
        """Set the daily payment limit in euros."""
        if amount < 1:
            raise ToolFailure("the limit must be at least 1 euro")
        self.limit = amount
        return f"limit is {amount} euros a day"
