"""One domain a file: a small world whose methods are tools."""

from toolrl.data.gym.domains.bank import Bank
from toolrl.data.gym.domains.calendar import Calendar
from toolrl.data.gym.domains.files import Files
from toolrl.data.gym.domains.geography import Geography
from toolrl.data.gym.domains.home import Home
from toolrl.data.gym.domains.kitchen import Kitchen
from toolrl.data.gym.domains.library import Library
from toolrl.data.gym.domains.messages import Messages
from toolrl.data.gym.domains.music import Music
from toolrl.data.gym.domains.numbers import Numbers
from toolrl.data.gym.domains.parcels import Parcels
from toolrl.data.gym.domains.shop import Shop
from toolrl.data.gym.domains.text import Text
from toolrl.data.gym.domains.tickets import Tickets
from toolrl.data.gym.domains.trains import Trains
from toolrl.data.gym.domains.units import Units
from toolrl.data.gym.domains.weather import Weather

DOMAINS = (
    Bank,
    Calendar,
    Files,
    Geography,
    Home,
    Kitchen,
    Library,
    Messages,
    Music,
    Numbers,
    Parcels,
    Shop,
    Text,
    Tickets,
    Trains,
    Units,
    Weather,
)
