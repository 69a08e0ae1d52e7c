"""`rapport lag`: how far each service is behind on each topic."""

import json
from itertools import groupby

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a partition.")
@click.option("--group", "groups", multiple=True, help="Only this service (may be repeated).")
def command(as_json: bool, groups: tuple[str, ...]) -> None:
    """Print the lag of every service: sum and largest partition."""
    from cli.environment import clear_errors, read_settings
    from contracts.topics import SERVICES
    from runtime.admin import Admin
    from runtime.settings import BusSettings

    with clear_errors(), Admin(read_settings(BusSettings)) as admin:
        lags = admin.lags(groups or SERVICES)
    if as_json:
        for lag in lags:
            click.echo(
                json.dumps(
                    {
                        "group": lag.group,
                        "topic": lag.topic,
                        "partition": lag.partition,
                        "committed": lag.committed,
                        "end": lag.end,
                        "lag": lag.messages,
                    }
                )
            )
        return
    click.echo(f"{'service':<10} {'topic':<28} {'lag':>9} {'largest':>9}")
    for (group, topic), rows in groupby(lags, key=lambda lag: (lag.group, lag.topic)):
        sizes = [row.messages for row in rows]
        click.echo(f"{group:<10} {topic:<28} {sum(sizes):>9} {max(sizes):>9}")
