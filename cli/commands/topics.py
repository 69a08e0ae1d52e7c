"""`rapport topics`: what the broker should hold, what it holds, and creating what is missing."""

import json
import sys

import click


@click.command()
@click.option("--create", is_flag=True, help="Create the topics that are missing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(create: bool, as_json: bool) -> None:
    """List the topics and say which are missing (exit code 1)."""
    from cli.environment import clear_errors, read_settings
    from runtime.admin import Admin, wanted_topics
    from runtime.settings import BusSettings

    with clear_errors(), Admin(read_settings(BusSettings)) as admin:
        created = admin.ensure_topics() if create else []
        problems = admin.topic_problems()
    if as_json:
        names = [topic.name for topic in wanted_topics()]
        click.echo(json.dumps({"topics": names, "created": created, "problems": problems}))
    else:
        for topic in wanted_topics():
            days = topic.retention_ms // 86_400_000
            click.echo(f"{topic.name:<48} {topic.partitions:>3} partitions  {days:>3} days")
        for name in created:
            click.echo(f"created {name}")
        for problem in problems:
            click.echo(problem, err=True)
    sys.exit(1 if problems else 0)
