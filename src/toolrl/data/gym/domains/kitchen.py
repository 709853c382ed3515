"""Recipes, the oven, a timer and a pantry; held out of training."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import entity, pool, several, whole
from toolrl.tools import ToolFailure

_DISHES = (
    "lentil soup,carrot cake,bean stew,garlic bread,ginger tea,oat cookies,cream pie,"
    "fish curry,rice pudding,onion tart"
)


class Kitchen(Domain):
    """Dishes with minutes to cook; a pantry with counts."""

    heldout = True

    def build(self) -> None:
        """Times for dishes, stocks of foods."""
        self.dishes = {dish: self.rng.randrange(10, 90, 5) for dish in _DISHES.split(",")}
        self.pantry = {food: self.rng.randint(0, 9) for food in self.pools.foods}
        self.timers: list[int] = []
        self.wanted: list[str] = []

    def _minutes(self, dish: str) -> int:
        if dish not in self.dishes:
            raise ToolFailure(f"no recipe for '{dish}'")
        return self.dishes[dish]

    @asked(
        "Set a timer for {minutes} minutes.",
        "Start a {minutes} minute timer.",
        "Ring in {minutes} minutes.",
        "I need a kitchen timer of {minutes} minutes.",
        goal="set a timer",
        slots={"minutes": whole(2, 80)},
        many=("Set timers for {*}.", "{minutes} minutes"),
        missing={"minutes": ("Set a timer.", "I need a kitchen timer.", "For how many minutes?")},
        acts=True,
    )
    def set_timer(self, minutes: int) -> str:
        """Start a kitchen timer."""
        if minutes < 1:
            raise ToolFailure("a timer needs at least 1 minute")
        self.timers.append(minutes)
        return f"timer rings in {minutes} minutes"

    @asked(
        "How long does {dish} take to cook?",
        "What is the cooking time of {dish}?",
        "Tell me how many minutes {dish} needs.",
        "Find the cooking time for {dish}.",
        goal="find a cooking time",
        slots={"dish": entity("dishes")},
        many=("How long do {*} take to cook?", "{dish}"),
        missing={
            "dish": (
                "How long does it take to cook?",
                "Tell me the cooking time of my dish.",
                "Which dish do you mean?",
            )
        },
    )
    def cooking_time(self, dish: str) -> int:
        """Minutes that a dish takes."""
        return self._minutes(dish)

    @asked(
        "Heat the oven to {degrees} degrees[ {fan:with the fan on|without the fan}].",
        "Set the oven to {degrees} degrees[, {fan:fan on|fan off}].",
        "Preheat the oven to {degrees} degrees[ {fan:with the fan|without the fan}].",
        "I need the oven at {degrees} degrees[, {fan:fan on|fan off}].",
        goal="heat the oven",
        slots={"degrees": whole(120, 240)},
        missing={
            "degrees": (
                "Heat the oven.",
                "I want to bake, preheat the oven.",
                "To how many degrees?",
            )
        },
        acts=True,
        once=True,
    )
    def set_oven(self, degrees: int, fan: bool = False) -> str:
        """Heat the oven."""
        if not 50 <= degrees <= 280:
            raise ToolFailure("degrees must be 50 to 280")
        return f"oven at {degrees} degrees{', fan on' if fan else ''}"

    @asked(
        "Do we have {food} in the pantry?",
        "Check the pantry for {food}.",
        "Are we out of {food}? Check the pantry.",
        "Is there any {food} left in the pantry?",
        goal="check the pantry",
        slots={"food": pool("foods")},
        many=("Check the pantry for {*}.", "{food}"),
        missing={
            "food": (
                "Check if we have it in the pantry.",
                "Is there any of it left in the pantry?",
                "What should I look for?",
            )
        },
    )
    def check_pantry(self, food: str) -> int:
        """How much of a food is left."""
        return self.pantry.get(food, 0)

    @asked(
        "Put {foods} on the shopping list.",
        "Add {foods} to my shopping list.",
        "The shopping list needs {foods}.",
        "Write {foods} on the shopping list.",
        goal="add to the shopping list",
        slots={"foods": several(pool("foods"), 2, 4)},
        missing={
            "foods": (
                "Add something to my shopping list.",
                "My shopping list needs one more thing.",
                "What should I add?",
            )
        },
        acts=True,
        once=True,
    )
    def add_to_list(self, foods: list[str]) -> str:
        """Put foods on the shopping list."""
        self.wanted += foods
        return f"{len(foods)} added"

    @asked(
        "How many grams of {food} do I need for {people} people?",
        "I cook for {people} people, how many grams of {food} do I need?",
        "Tell me how many grams of {food} {people} people need.",
        "What amount of {food} is right for {people} people?",
        goal="plan an amount of food",
        slots={"food": pool("foods"), "people": whole(2, 12)},
        many=("How many grams do I need {*}?", "of {food} for {people} people"),
        missing={
            "people": ("How many grams of {food} do I need?", "For how many people?"),
            "food": ("How much do I need for {people} people?", "Of which food?"),
        },
    )
    def food_amount(self, food: str, people: int) -> int:
        """Grams of a food for some people."""
        if people < 1:
            raise ToolFailure("people must be at least 1")
        return (40 + 10 * len(food)) * people
