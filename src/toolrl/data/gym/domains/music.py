"""Songs, artists and playlists."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import entity, pool, whole
from toolrl.tools import ToolFailure

_ARTISTS = {
    "train": "The Foxes,Mara Lind,North Wind,Duo Verde,Tin Parade,Ada Bloom",
    "heldout": "Night Owls,Leo Marsh,Glass Harbor,The Kites",
}


class Music(Domain):
    """A player with songs by invented artists."""

    def build(self) -> None:
        """Every song gets an artist."""
        self.artists = _ARTISTS[self.pools.split].split(",")
        self.songs = {song: self.rng.choice(self.artists) for song in self.pools.songs}
        self.playlists: dict[str, list[str]] = {name: [] for name in self.pools.playlists}
        self.volume = 50
        self.stars: dict[str, int] = {}

    def _song(self, song: str) -> str:
        if song not in self.songs:
            raise ToolFailure(f"no song '{song}'")
        return self.songs[song]

    def _playlist(self, playlist: str) -> list[str]:
        if playlist not in self.playlists:
            raise ToolFailure(f"no playlist '{playlist}'")
        return self.playlists[playlist]

    @asked(
        "Play the song '{song}'.",
        "I want to hear '{song}', the song.",
        "Put on the song '{song}'.",
        "Can you play the song '{song}'?",
        goal="play a song",
        slots={"song": entity("songs")},
        many=("Play the songs {*}.", "'{song}'"),
        missing={
            "song": ("Play a song.", "I want to hear a certain song.", "Which song would you like?")
        },
        acts=True,
    )
    def play_song(self, song: str) -> str:
        """Play a song."""
        return f"playing {song} by {self._song(song)}"

    @asked(
        "Play my playlist '{playlist}'[ {shuffle:on shuffle|in order}].",
        "Start the playlist '{playlist}'[ {shuffle:in random order|in order}].",
        "I want to hear my '{playlist}' playlist[, {shuffle:shuffled|in order}].",
        "Put on the playlist '{playlist}'[, {shuffle:with shuffle on|in order}].",
        goal="play a playlist",
        slots={"playlist": entity("playlists")},
        missing={
            "playlist": (
                "Play one of my playlists.",
                "Put on a playlist of mine.",
                "Which playlist?",
            )
        },
        acts=True,
        once=True,
    )
    def play_playlist(self, playlist: str, shuffle: bool = False) -> str:
        """Play a playlist."""
        self._playlist(playlist)
        return f"playing {playlist}{' shuffled' if shuffle else ''}"

    @asked(
        "Add '{song}' to my playlist '{playlist}'.",
        "Put the song '{song}' on the playlist '{playlist}'.",
        "I want '{song}' in my '{playlist}' playlist.",
        "'{song}' belongs on the playlist '{playlist}', add it.",
        goal="add a song to a playlist",
        slots={"song": entity("songs"), "playlist": entity("playlists")},
        many=("Add {*}.", "'{song}' to my playlist '{playlist}'"),
        missing={
            "playlist": ("Add the song '{song}' to a playlist.", "To which playlist?"),
            "song": ("Add a song to the playlist '{playlist}'.", "Which song?"),
        },
        acts=True,
    )
    def add_to_playlist(self, song: str, playlist: str) -> str:
        """Add a song to a playlist."""
        self._song(song)
        self._playlist(playlist).append(song)
        return f"added {song}"

    @asked(
        "Set the volume to {level}.",
        "Change the music volume to {level} percent.",
        "Turn the volume to {level}.",
        "I want the volume at {level}.",
        goal="set the volume",
        slots={"level": whole(5, 95)},
        missing={
            "level": (
                "Change the volume.",
                "The volume is not right, set it anew.",
                "To what level?",
            )
        },
        acts=True,
        once=True,
    )
    def set_volume(self, level: int) -> str:
        """Set the volume, 0 to 100."""
        if not 0 <= level <= 100:
            raise ToolFailure("level must be 0 to 100")
        self.volume = level
        return f"volume is {level}"

    @asked(
        "Who sings '{song}'?",
        "Which artist made the song '{song}'?",
        "Tell me the artist of '{song}'.",
        "By whom is the song '{song}'?",
        goal="find the artist of a song",
        slots={"song": entity("songs")},
        many=("Who sings {*}?", "'{song}'"),
        missing={
            "song": (
                "Who sings that song?",
                "Tell me the artist of a song.",
                "Which song do you mean?",
            )
        },
    )
    def find_artist(self, song: str) -> str:
        """Artist of a song."""
        return self._song(song)

    @asked(
        "Which songs are by {artist}?",
        "List the songs of {artist}.",
        "Show me all songs by {artist}.",
        "What has {artist} sung?",
        goal="list an artist's songs",
        slots={"artist": entity("artists")},
        many=("List the songs of {*}.", "{artist}"),
        missing={
            "artist": (
                "List the songs of an artist.",
                "Which songs has that artist sung?",
                "Which artist?",
            )
        },
    )
    def songs_by(self, artist: str) -> list[str]:
        """Songs of an artist."""
        return [song for song, singer in self.songs.items() if singer == artist]

    @asked(
        "Give the song '{song}' {stars} stars.",
        "Rate '{song}' with {stars} stars.",
        "I'd give the song '{song}' {stars} stars, save that.",
        "My rating for the song '{song}' is {stars} stars.",
        goal="rate a song",
        slots={"song": pool("songs"), "stars": whole(2, 5)},
        many=("Rate {*}.", "'{song}' with {stars} stars"),
        missing={
            "stars": ("Rate the song '{song}'.", "How many stars?"),
            "song": ("Give that song {stars} stars.", "Which song do you mean?"),
        },
        acts=True,
        heldout=True,
    )
    def rate_song(self, song: str, stars: int) -> str:
        """Give a song 1 to 5 stars."""
        if not 1 <= stars <= 5:
            raise ToolFailure("stars must be 1 to 5")
        self._song(song)
        self.stars[song] = stars
        return f"{song} has {stars} stars"
