"""What a deployment needs in the database: the tables of this release, and roles that can log in."""

from __future__ import annotations

from psycopg.rows import tuple_row

from gateway.aws.secrets_manager import database_url, read_secret
from gateway.settings import DeploymentSettings
from gateway.store.connecting import connect
from gateway.store.logins import WHATSMEOW_ROLE, Login, enable_login, limit_connections
from gateway.store.schema import migrate


def prepare(settings: DeploymentSettings) -> list[str]:
    """Migrate, then set the roles' passwords and limits; return the names of the migrations that were applied."""
    admin = settings.database_url.get_secret_value()
    logins = [Login.of(database_url(read_secret(arn), admin)) for arn in settings.login_secrets]
    applied = migrate(admin, settings.user_profiles_table)
    with connect(admin, tuple_row) as connection:
        for login in logins:
            enable_login(connection, login)
        limit_connections(connection, WHATSMEOW_ROLE, settings.whatsmeow_connections)
    return applied
