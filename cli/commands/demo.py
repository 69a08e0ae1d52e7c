"""`rapport demo`: the invented agency with its brands, people and accounts."""

import click


@click.group()
def command() -> None:
    """Put the demo agency into a running installation's databases."""


@command.command()
def seed() -> None:
    """Make the demo's brands, people and accounts; what is there already stays as it is.

    Reads MONGO_URL, SEAL_KEYS and SANDBOX_URL, as the services do, and DEMO_PASSWORD; without
    that one a password is made and printed once.
    """
    import asyncio

    from cli.demo import OWNER_EMAIL
    from cli.demo.seeding import plant
    from cli.demo.settings import DemoSettings
    from cli.environment import clear_errors, read_settings
    from runtime.settings import MongoSettings, adopt_files

    with clear_errors():
        adopt_files(["MONGO_URL", "SEAL_KEYS", "DEMO_PASSWORD"])
        settings = read_settings(DemoSettings)
        planted = asyncio.run(plant(settings, read_settings(MongoSettings)))
    click.echo(f"New or corrected: {planted.people} people, {planted.connections} accounts.")
    is_made = planted.people and "demo_password" not in settings.model_fields_set
    hint = f" with {settings.demo_password.get_secret_value()}" if is_made else ""
    click.echo(f"Sign in as {OWNER_EMAIL}{hint}")
