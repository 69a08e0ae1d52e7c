"""The `rapport` command. Each sub-command is a module of cli/commands, imported when it is asked for."""

from importlib import import_module
from pkgutil import iter_modules

import click

from cli import commands


class LazyGroup(click.Group):
    """Finds its commands by module name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return sorted(module.name.replace("_", "-") for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"cli.commands.{cmd_name.replace('-', '_')}").command
        return found


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="rapport")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Look after the social communities of many client brands."""
    if ctx.invoked_subcommand != "up":
        from cli.environment import adopt_running

        adopt_running()


if __name__ == "__main__":
    main()
