"""A small tree of text files, in memory."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import Draw, entity, pool, where
from toolrl.tools import ToolFailure


def _new_path(draw: Draw) -> list[str]:
    pools, number = draw.domain.pools, draw.rng.randint(10, 99)
    names = [f"{folder}/{stem}_{number}.txt" for folder in pools.folders for stem in pools.stems]
    return [name for name in names if name not in draw.domain.files]


def _new_name(draw: Draw) -> list[str]:
    return [path.split("/")[1] for path in _new_path(draw)]


def _other_folder(draw: Draw) -> list[str]:
    here = draw.arguments.get("path", "").split("/")[0]
    return [folder for folder in draw.domain.pools.folders if folder != here]


class Files(Domain):
    """Folders with text files; a path is ``folder/name.txt``."""

    def build(self) -> None:
        """Thirty files whose names differ."""
        numbers = self.rng.sample(range(1, 9), 8)
        names = [f"{stem}_{number}.txt" for stem in self.pools.stems for number in numbers]
        self.files = {
            f"{self.rng.choice(self.pools.folders)}/{name}": self.rng.choice(self.pools.sentences)
            for name in self.rng.sample(names, 30)
        }
        self.names = [path.split("/")[1] for path in self.files]

    def _text(self, path: str) -> str:
        if path not in self.files:
            raise ToolFailure(f"no file '{path}'")
        return self.files[path]

    @asked(
        "Read the file {path}.",
        "What is in {path}?",
        "Open {path} and show me the text.",
        "Show me what the file {path} says.",
        goal="read a file",
        slots={"path": entity("files")},
        many=("Read the files {*}.", "{path}"),
        missing={
            "path": (
                "Read the file for me.",
                "I want to know what the file says.",
                "Which file should I read?",
            )
        },
    )
    def read_file(self, path: str) -> str:
        """Text of a file."""
        return self._text(path)

    @asked(
        "Write '{text}' to the file {path}.",
        "Create the file {path} with the text '{text}'.",
        "Save the text '{text}' as {path}.",
        "I need a file {path} that says '{text}'.",
        goal="write a file",
        slots={"path": where(_new_path), "text": pool("sentences")},
        missing={
            "path": ("Write '{text}' to a file.", "What should the file be called?"),
            "text": ("Create the file {path}.", "What text should it have?"),
        },
        acts=True,
    )
    def write_file(self, path: str, text: str) -> str:
        """Write text to a file."""
        if "/" not in path:
            raise ToolFailure("a path is folder/name")
        self.files[path] = text
        return f"wrote {path}"

    @asked(
        "Delete {path}.",
        "Remove the file {path}.",
        "Get rid of {path}.",
        "I don't need {path} any more, delete it.",
        goal="delete a file",
        slots={"path": entity("files")},
        many=("Delete the files {*}.", "{path}"),
        missing={
            "path": (
                "Delete the file.",
                "There is a file that I don't need any more, delete it.",
                "Which file should I delete?",
            )
        },
        acts=True,
    )
    def delete_file(self, path: str) -> str:
        """Delete a file."""
        self._text(path)
        del self.files[path]
        return f"deleted {path}"

    @asked(
        "Which files are in the folder {folder}?",
        "List the files in {folder}.",
        "Show me the files in the {folder} folder.",
        "What files does the folder {folder} hold?",
        goal="list a folder",
        slots={"folder": pool("folders")},
        many=("List the files in the folders {*}.", "{folder}"),
        missing={
            "folder": (
                "List the files in the folder.",
                "Which files are in that folder?",
                "Which folder?",
            )
        },
    )
    def list_folder(self, folder: str) -> list[str]:
        """Files in a folder."""
        return sorted(path for path in self.files if path.startswith(f"{folder}/"))

    @asked(
        "Rename {path} to {name}.",
        "Give the file {path} the new name {name}.",
        "Change the name of {path} to {name}.",
        "{path} should be called {name}, rename it.",
        goal="rename a file",
        slots={"path": entity("files"), "name": where(_new_name)},
        missing={
            "name": ("Rename the file {path}.", "What is the new name?"),
            "path": ("Rename a file to {name}.", "Which file should I rename?"),
        },
        acts=True,
    )
    def rename_file(self, path: str, name: str) -> str:
        """Give a file a new name."""
        text = self._text(path)
        del self.files[path]
        self.files[f"{path.split('/')[0]}/{name}"] = text
        return f"renamed to {name}"

    @asked(
        "In which folder is the file {name}?",
        "Find the file {name}.",
        "Where is {name}?",
        "I can't find the file {name}, where is it?",
        goal="find a file",
        slots={"name": entity("names")},
        many=("Find the files {*}.", "{name}"),
        missing={
            "name": (
                "Find a file for me.",
                "I can't find one of my files, where is it?",
                "What is the file called?",
            )
        },
    )
    def find_file(self, name: str) -> str:
        """Path of a file with this name."""
        for path in self.files:
            if path.endswith(f"/{name}"):
                return path
        raise ToolFailure(f"no file named '{name}'")

    @asked(
        "Copy {path} to the folder {folder}.",
        "Put a copy of {path} into the {folder} folder.",
        "Make a copy of {path} in {folder}.",
        "I need a copy of {path} in the folder {folder}.",
        goal="copy a file",
        slots={"path": entity("files"), "folder": where(_other_folder)},
        missing={
            "folder": ("Copy the file {path}.", "Into which folder?"),
            "path": ("Copy a file to the folder {folder}.", "Which file should I copy?"),
        },
        acts=True,
        heldout=True,
    )
    def copy_file(self, path: str, folder: str) -> str:
        """Copy a file to another folder."""
        self.files[f"{folder}/{path.split('/')[-1]}"] = self._text(path)
        return f"copied to {folder}"
