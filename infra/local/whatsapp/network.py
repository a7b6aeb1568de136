"""The state of the whole server, in one place."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Directory
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.devices.app_state import AppStateStore
from infra.local.whatsapp.devices.contacts import Contacts
from infra.local.whatsapp.devices.prekeys import PrekeyStore
from infra.local.whatsapp.diagnostics import Problems, Statistics
from infra.local.whatsapp.faults import Faults
from infra.local.whatsapp.look_ups import LookUps
from infra.local.whatsapp.messages.delivery import Delivery
from infra.local.whatsapp.messages.group_chats import GroupChats
from infra.local.whatsapp.messages.media_store import MediaStore
from infra.local.whatsapp.messages.stanza_queues import StanzaQueues
from infra.local.whatsapp.messages.subscriptions import Subscriptions
from infra.local.whatsapp.messages.typing_log import TypingLog
from infra.local.whatsapp.pairing.pairing_offers import PairingOffers
from infra.local.whatsapp.people.blocklists import BlockLists
from infra.local.whatsapp.people.pictures import Pictures
from infra.local.whatsapp.people.profiles import Profiles
from infra.local.whatsapp.transport.server_keys import ServerKeys


class Network:
    """The state of the whole server; every handler of stanzas is given it.

    few_prekeys: a client that is linked makes 50 one-time prekeys, not the 812 of WhatsApp.
    """

    def __init__(self, database: Database, *, few_prekeys: bool = False) -> None:
        self.database = database
        self.few_prekeys = few_prekeys
        self.keys = ServerKeys.load(database)
        self.directory = Directory(database)
        self.prekeys = PrekeyStore(database)
        self.contacts = Contacts(database)
        self.look_ups = LookUps(database)
        self.profiles = Profiles(database)
        self.pictures = Pictures(database)
        self.block_lists = BlockLists(database)
        self.group_chats = GroupChats(database)
        self.app_state = AppStateStore(database)
        self.faults = Faults()
        self.media = MediaStore(database, self.keys.static.private, self.faults.media)
        self.problems = Problems()
        self.statistics = Statistics()
        self.pairing_offers = PairingOffers()
        self.subscriptions = Subscriptions()
        self.typing = TypingLog()
        self.delivery = Delivery(StanzaQueues(database), self.faults, self.statistics)
