"""Lights, heating, doors and machines of a house."""

from __future__ import annotations

from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import entity, pool, whole
from toolrl.tools import ToolFailure

_ROOMS = {
    "train": ("kitchen", "bedroom", "bathroom", "hall", "office", "garage"),
    "heldout": ("attic", "nursery", "cellar", "studio"),
}
_DOORS = {"train": ("front", "back", "garden", "side"), "heldout": ("cellar", "terrace", "shed")}


class Home(Domain):
    """A house with rooms and doors."""

    def build(self) -> None:
        """All lights off, all doors locked."""
        self.rooms = {
            room: {"light": False, "degrees": self.rng.randint(15, 26)}
            for room in _ROOMS[self.pools.split]
        }
        self.doors = dict.fromkeys(_DOORS[self.pools.split], True)

    def _room(self, room: str) -> dict[str, int]:
        if room not in self.rooms:
            raise ToolFailure(f"no room '{room}'")
        return self.rooms[room]

    @asked(
        "Turn {on:on|off} the light in the {room}.",
        "Switch the {room} light {on:on|off}.",
        "Make sure the light in the {room} is {on:on|off}.",
        "I want the {room} light {on:on|off}.",
        goal="switch a light",
        slots={"room": entity("rooms")},
        many=("I want {*}.", "the {room} light {on:on|off}"),
        missing={
            "room": (
                "Turn {on:on|off} the light.",
                "I want the light {on:on|off}.",
                "In which room?",
            )
        },
        acts=True,
    )
    def set_light(self, room: str, on: bool) -> str:
        """Turn a room's light on or off."""
        self._room(room)["light"] = on
        return f"{room} light is {'on' if on else 'off'}"

    @asked(
        "Heat the {room} to {degrees} degrees.",
        "Set the heating in the {room} to {degrees} degrees.",
        "I want {degrees} degrees in the {room}.",
        "Make it {degrees} degrees in the {room}.",
        goal="set the heating",
        slots={"room": entity("rooms"), "degrees": whole(16, 27)},
        many=("Heat {*}.", "the {room} to {degrees} degrees"),
        missing={
            "degrees": ("Change the heating in the {room}.", "To how many degrees?"),
            "room": ("Set the heating to {degrees} degrees.", "In which room?"),
        },
        acts=True,
    )
    def set_heating(self, room: str, degrees: int) -> str:
        """Set a room's temperature."""
        if not 5 <= degrees <= 30:
            raise ToolFailure("degrees must be 5 to 30")
        self._room(room)["degrees"] = degrees
        return f"{room} set to {degrees} degrees"

    @asked(
        "How warm is it in the {room}?",
        "What is the temperature in the {room}?",
        "Tell me the temperature of the {room}.",
        "How many degrees does the {room} have?",
        goal="check a room temperature",
        slots={"room": entity("rooms")},
        many=("How warm is it in {*}?", "the {room}"),
    )
    def room_temperature(self, room: str) -> int:
        """Temperature of a room."""
        return self._room(room)["degrees"]

    @asked(
        "{locked:Lock|Unlock} the {door} door.",
        "Please {locked:lock|unlock} the {door} door now.",
        "I want the {door} door {locked:locked|unlocked}.",
        "Can you {locked:lock|unlock} the {door} door?",
        goal="lock or unlock a door",
        slots={"door": entity("doors")},
        many=("Please {*}.", "{locked:lock|unlock} the {door} door"),
        missing={
            "door": (
                "{locked:Lock|Unlock} the door.",
                "I want a door {locked:locked|unlocked}.",
                "Which door?",
            )
        },
        acts=True,
    )
    def set_lock(self, door: str, locked: bool) -> str:
        """Lock or unlock a door."""
        if door not in self.doors:
            raise ToolFailure(f"no door '{door}'")
        self.doors[door] = locked
        return f"{door} door is {'locked' if locked else 'unlocked'}"

    @asked(
        "Start the {machine}[ on the {program} program].",
        "Run the {machine}[ with the {program} program].",
        "Switch on the {machine}[, {program} program].",
        "The {machine} is full, start it[ on {program}].",
        goal="start a machine",
        many=("Start {*}.", "the {machine}"),
        acts=True,
    )
    def start_machine(
        self,
        machine: Literal["dishwasher", "washer", "dryer"],
        program: Literal["normal", "quick", "eco"] = "normal",
    ) -> str:
        """Start a household machine."""
        return f"{machine} runs on {program}"

    @asked(
        "Close the blinds in the {room} at {time}.",
        "At {time}, close the {room} blinds.",
        "Have the blinds in the {room} closed at {time}.",
        "I want the {room} blinds to close at {time}.",
        goal="close the blinds",
        slots={"room": entity("rooms"), "time": pool("times")},
        many=("Close the blinds {*}.", "in the {room} at {time}"),
        missing={
            "time": ("Close the blinds in the {room} later.", "At what time?"),
            "room": ("Close the blinds at {time}.", "In which room?"),
        },
        acts=True,
        heldout=True,
    )
    def close_blinds(self, room: str, time: str) -> str:
        """Close a room's blinds at a time."""
        self._room(room)
        return f"blinds in the {room} close at {time}"
