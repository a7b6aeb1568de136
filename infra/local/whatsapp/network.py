from __future__ import annotations

from infra.local.whatsapp.accounts import Directory
from infra.local.whatsapp.app_state import AppStateStore
from infra.local.whatsapp.circles import Circles
from infra.local.whatsapp.contacts import Contacts
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.delivery import Delivery
from infra.local.whatsapp.faults import Faults
from infra.local.whatsapp.media import MediaStore
from infra.local.whatsapp.observations import Problems, Statistics
from infra.local.whatsapp.offers import Offers
from infra.local.whatsapp.prekeys import PrekeyStore
from infra.local.whatsapp.queues import StanzaQueues
from infra.local.whatsapp.server_keys import ServerKeys
from infra.local.whatsapp.subscriptions import Subscriptions
from infra.local.whatsapp.typing_log import TypingLog


class Network:
    """The state of the whole server; what handles stanzas gets it with each one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keys = ServerKeys.load(database)
        self.directory = Directory(database)
        self.prekeys = PrekeyStore(database)
        self.contacts = Contacts(database)
        self.circles = Circles(database)
        self.media = MediaStore(database)
        self.app_state = AppStateStore(database)
        self.faults = Faults()
        self.problems = Problems()
        self.statistics = Statistics()
        self.offers = Offers()
        self.subscriptions = Subscriptions()
        self.typing = TypingLog()
        self.delivery = Delivery(StanzaQueues(database), self.faults, self.statistics)
