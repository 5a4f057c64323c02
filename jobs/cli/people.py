"""Commands on who may do what in the books.

Room: shell.
"""

from typing import Annotated

import typer

user_app = typer.Typer(no_args_is_help=True, help="Who may do what in the books.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name the audit knows: login name, or RECON_ACTOR.")]


@user_app.command()
def add(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option(help="viewer, reviewer, accountant or controller.")],
) -> int:
    """Name a user, or give one another role; from the first on, nobody else may write. The first is a controller."""
    from jobs.user_command import add as add_one

    return add_one(context.obj, name, role)


@user_app.command("list")
def list_users(context: typer.Context) -> int:
    """List the users with role, who named them and when."""
    from jobs.user_command import show

    return show(context.obj)


@user_app.command()
def remove(context: typer.Context, name: Name) -> int:
    """Let a user act no more; what they did keeps their name."""
    from jobs.user_command import remove as remove_one

    return remove_one(context.obj, name)
