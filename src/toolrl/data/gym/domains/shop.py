"""A shop on an SQLite database in memory."""

from __future__ import annotations

import sqlite3
from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import entity, whole
from toolrl.tools import ToolFailure

_STATES = ("packed", "sent", "paid")
_SCHEMA = """
create table goods (name text primary key, category text, price real);
create table orders (code text primary key, product text, status text);
create table cart (product text, count integer);
create table reviews (product text, stars integer);
"""


class Shop(Domain):
    """Goods, a cart and orders."""

    def build(self) -> None:
        """All goods of the split, and an order for half of them."""
        # A toolbox with a time limit runs tools in a thread of their own.
        self.base = sqlite3.connect(":memory:", check_same_thread=False)
        self.base.executescript(_SCHEMA)
        self.goods = list(self.pools.goods)
        places = ("kitchen", "office", "garden")
        rows = [(name, self.rng.choice(places), self.rng.randint(8, 240)) for name in self.goods]
        self.base.executemany("insert into goods values (?, ?, ?)", rows)
        self.ordered = self.rng.sample(self.goods, len(self.goods) // 2)
        self.orders = [f"ORD-{n}" for n in self.rng.sample(range(100, 999), len(self.ordered))]
        rows = [
            (code, name, self.rng.choice(_STATES))
            for code, name in zip(self.orders, self.ordered, strict=True)
        ]
        self.base.executemany("insert into orders values (?, ?, ?)", rows)

    def _one(self, query: str, value: str, what: str) -> str | float:
        row = self.base.execute(query, (value,)).fetchone()
        if row is None:
            raise ToolFailure(f"no {what} '{value}'")
        return row[0]

    @asked(
        "Show me {category} goods in the shop[ under {max_price} euros].",
        "What {category} goods do you sell[ for less than {max_price} euros]?",
        "Search the shop for {category} things[ up to {max_price} euros].",
        "I am looking for {category} goods[, at most {max_price} euros].",
        goal="search the shop",
        slots={"max_price": whole(20, 200)},
        missing={
            "category": (
                "Search the shop for goods.",
                "Show me what the shop has.",
                "For kitchen, office or garden?",
            )
        },
    )
    def search_goods(
        self, category: Literal["kitchen", "office", "garden"], max_price: float = 1000
    ) -> list[str]:
        """Goods of a category."""
        query = "select name from goods where category = ? and price <= ? order by name limit 5"
        return [row[0] for row in self.base.execute(query, (category, max_price))]

    @asked(
        "How much is the {product}?",
        "What does the {product} cost?",
        "Tell me the price of the {product}.",
        "Find the price of the {product} in the shop.",
        goal="find a price",
        slots={"product": entity("goods")},
        many=("How much are {*}?", "the {product}"),
        missing={
            "product": (
                "How much does it cost?",
                "Tell me the price of a product.",
                "Which product do you mean?",
            )
        },
    )
    def get_price(self, product: str) -> float:
        """Price of a product in euros."""
        return self._one("select price from goods where name = ?", product, "product")

    @asked(
        "Put the {product} in my cart[, {count} of them].",
        "Add the {product} to my shopping cart[, {count} pieces].",
        "I want to buy the {product}[, {count} pieces], add it to the cart.",
        "Please put the {product} into the cart[, quantity {count}].",
        goal="put something in the cart",
        slots={"product": entity("goods"), "count": whole(2, 9)},
        many=("Add {*} to my cart.", "the {product}"),
        missing={
            "product": (
                "Add something to my cart.",
                "I want to buy something, put it in my cart.",
                "Which product?",
            )
        },
        acts=True,
    )
    def add_to_cart(self, product: str, count: int = 1) -> str:
        """Put a product in the cart."""
        if count < 1:
            raise ToolFailure("count must be at least 1")
        self._one("select price from goods where name = ?", product, "product")
        self.base.execute("insert into cart values (?, ?)", (product, count))
        return f"{count} x {product} in the cart"

    @asked(
        "Where is my order {order}?",
        "What is the status of order {order}?",
        "Check order {order}.",
        "Has my order {order} been sent?",
        goal="check an order",
        slots={"order": entity("orders")},
        many=("What is the status of my orders {*}?", "{order}"),
        missing={
            "order": (
                "Where is my order?",
                "What is the status of my order?",
                "What is the order number?",
            )
        },
    )
    def order_status(self, order: str) -> str:
        """Status of an order."""
        return self._one("select status from orders where code = ?", order, "order")

    @asked(
        "Cancel order {order}.",
        "I don't want order {order} any more, cancel it.",
        "Please cancel my order {order}.",
        "Can you cancel the order {order}?",
        goal="cancel an order",
        slots={"order": entity("orders")},
        many=("Cancel the orders {*}.", "{order}"),
        missing={
            "order": (
                "Cancel my order.",
                "I don't want what I ordered, cancel the order.",
                "What is the order number?",
            )
        },
        acts=True,
    )
    def cancel_order(self, order: str) -> str:
        """Cancel an order."""
        self._one("select status from orders where code = ?", order, "order")
        self.base.execute("delete from orders where code = ?", (order,))
        return f"{order} is cancelled"

    @asked(
        "What is the order number of my {product}?",
        "Under which number did I order the {product}?",
        "Find my order of the {product}.",
        "Look up the order number for the {product}.",
        goal="find an order",
        slots={"product": entity("ordered")},
        many=("Find my orders of {*}.", "the {product}"),
        missing={
            "product": (
                "Find my order number.",
                "Under which number did I order it?",
                "What did you order?",
            )
        },
    )
    def find_order(self, product: str) -> str:
        """Order number of a product."""
        return self._one("select code from orders where product = ?", product, "order of")

    @asked(
        "Review the {product} with {stars} stars.",
        "Give the {product} {stars} stars.",
        "My review of the {product}: {stars} stars.",
        "I'd like to review the {product}, {stars} stars.",
        goal="review a product",
        slots={"product": entity("goods"), "stars": whole(2, 5)},
        many=("Review {*}.", "the {product} with {stars} stars"),
        missing={
            "stars": ("Review the {product}.", "How many stars?"),
            "product": ("Write a review with {stars} stars.", "For which product?"),
        },
        acts=True,
        heldout=True,
    )
    def review_product(self, product: str, stars: int) -> str:
        """Give a product 1 to 5 stars."""
        if not 1 <= stars <= 5:
            raise ToolFailure("stars must be 1 to 5")
        self._one("select price from goods where name = ?", product, "product")
        self.base.execute("insert into reviews values (?, ?)", (product, stars))
        return "thank you for your review"
