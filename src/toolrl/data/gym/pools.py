"""Words to fill requests with; training and held-out tasks never share a list."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

SPLITS = ("train", "heldout")


@dataclass(frozen=True, slots=True)
class Pools:
    """The words of one split; every field but ``split`` is a tuple of texts.

    Example:
        >>> train, heldout = pools("train"), pools("heldout")
        >>> set(train.people) & set(heldout.people), train.cities[0]
        (set(), 'Paris')
    """

    split: str
    people: tuple[str, ...]
    cities: tuple[str, ...]
    dates: tuple[str, ...]
    times: tuple[str, ...]
    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    words: tuple[str, ...]
    stems: tuple[str, ...]
    folders: tuple[str, ...]
    songs: tuple[str, ...]
    playlists: tuple[str, ...]
    goods: tuple[str, ...]
    foods: tuple[str, ...]


def pools(split: str) -> Pools:
    """The pools of ``"train"`` or ``"heldout"`` (KeyError for another word)."""
    return _POOLS[split]


def words(*lists: str) -> tuple[str, ...]:
    """Every combination of comma-separated lists.

    Example:
        >>> words("red,blue", "mug")
        ('red mug', 'blue mug')
    """
    return tuple(" ".join(parts) for parts in product(*(part.split(",") for part in lists)))


def _dates(months: str) -> tuple[str, ...]:
    return tuple(f"2025-{month}-{day:02d}" for month in months.split(",") for day in range(1, 29))


def _times(minutes: str) -> tuple[str, ...]:
    return tuple(f"{hour:02d}:{minute}" for hour in range(7, 21) for minute in minutes.split(","))


_TRAIN = Pools(
    split="train",
    people=words(
        "Anna,Ben,Carla,David,Emma,Felix,Grace,Henry,Ivy,Jack,Lena,Max,Nora,Oscar,Paula,Sam",
        "Miller,Lopez,Smith,Novak,Evans,Park,Weber,Costa",
    ),
    cities=words(
        "Paris,London,Madrid,Oslo,Vienna,Lyon,Boston,Chicago,Toronto,Kyoto,Delhi,Cairo,Lima,"
        "Porto,Geneva,Dublin,Prague,Seattle,Sydney,Nairobi,Hamburg,Naples,Krakow,Ghent"
    ),
    dates=_dates("01,02,03,05,06,07,09,10"),
    times=_times("00,15,30,45"),
    titles=words(
        "team,budget,project,design,sales,client,weekly,yoga,piano,football",
        "meeting,review,call,lunch,session,class",
    ),
    sentences=words(
        "Our guest,My neighbour,The new cook,A small dog,Every student,Her brother,The postman,"
        "The old lady,My aunt,The tall waiter",
        "is late again,needs more time,was here yesterday,makes a strange noise,"
        "likes the old garden,will come back soon,lives near the river,eats too much",
    ),
    notes=words(
        "see you,I will call you,please wait for me,let us meet,we can talk",
        "at the station,after lunch,on Friday,near the office,tomorrow morning",
    ),
    words=words(
        "river,apple,lemon,chair,window,tiger,bottle,garden,silver,rocket,pencil,island,button,"
        "forest,candle,monkey,bridge,carpet,ladder,planet,pepper,mirror,copper,basket"
    ),
    stems=words("report,notes,budget,letter,todo,invoice,draft,recipe,summary,contacts,log,plan"),
    folders=words("work,home,school,travel,photos,archive"),
    songs=words("Blue,Golden,Silent,Broken,Little,Summer", "River,Sky,Road,Heart,Train,Morning"),
    playlists=words("Road Trip,Focus,Party Mix,Sunday Jazz,Workout,Evening Calm"),
    goods=words("blue,green,wooden,steel,large,small", "mug,lamp,chair,backpack,kettle,shelf"),
    foods=words(
        "rice,milk,butter,flour,sugar,tomatoes,onions,cheese,pasta,olive oil,honey,spinach"
    ),
)

_HELDOUT = Pools(
    split="heldout",
    people=words(
        "Amir,Bianca,Chloe,Diego,Elif,Farah,Goran,Hana,Igor,Jana,Kofi,Mira",
        "Okafor,Tanaka,Rossi,Larsen,Haddad,Silva",
    ),
    cities=words(
        "Rome,Berlin,Lisbon,Athens,Zurich,Helsinki,Montreal,Denver,Osaka,Mumbai,Tunis,Quito,"
        "Bergen,Valencia,Leeds,Antwerp"
    ),
    dates=_dates("04,08,11,12"),
    times=_times("10,20,40,50"),
    titles=words(
        "board,garden,chess,choir,dentist,science,book,tennis",
        "appointment,club,workshop,evening,visit",
    ),
    sentences=words(
        "The teacher,My cousin,An old friend,The baker,Their uncle,The singer,A young nurse,"
        "The painter",
        "never arrives on time,has lost a glove,moved to another town,sings in the kitchen,"
        "gets up at nine,found a silver coin",
    ),
    notes=words(
        "meet me,I will find you,we are waiting,pick me up,you can rest",
        "by the fountain,before noon,on Sunday,behind the library",
    ),
    words=words(
        "violin,marble,pigeon,saddle,orange,castle,thunder,blanket,cactus,dolphin,hammer,lantern,"
        "meadow,needle,oyster,parrot"
    ),
    stems=words("agenda,poem,survey,manual,diary,receipt,speech,menu"),
    folders=words("music,office,garden,backup,study"),
    songs=words("Crimson,Frozen,Distant,Wild,Paper", "Ocean,Moon,Garden,Letter,Storm"),
    playlists=words("Deep Sleep,Morning Run,Old Favourites,Rainy Days,Dance Floor"),
    goods=words("red,white,leather,glass,folding", "vase,table,wallet,clock,teapot"),
    foods=words("lentils,yoghurt,carrots,garlic,cream,beans,oats,ginger"),
)

_POOLS = {"train": _TRAIN, "heldout": _HELDOUT}
