"""A brand's playbook: what is done at which level, by whom and within how long. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.storms import StormChanged
from services.gateway.domain.incident_views import StepView

StepLevel = Literal["watch", "storm", "serious", "subsiding"]
STEP_LEVELS: tuple[StepLevel, ...] = ("watch", "storm", "serious", "subsiding")
StepRole = Literal["agent", "lead", "approver", "on_call", "client", "legal"]
Way = Literal["automatic", "one_click", "manual"]
StepAct = Literal["none", "freeze", "page", "statement", "resume"]
CalledRole = Literal["on_call", "client", "legal"]
CALLED: tuple[CalledRole, ...] = ("on_call", "client", "legal")
MOST_STEPS, MOST_CONTACTS = 40, 20


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Step(_Strict):
    """One step. `minutes` is how long it may take from the moment its level is reached.

    serious is severity 3 and more. automatic: Rapport does it (freezing, paging); one_click: a
    button does it; manual: a person does it and ticks it.
    """

    step_id: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    title: str = Field(min_length=1, max_length=120)
    about: str = Field(default="", max_length=400)
    level: StepLevel
    role: StepRole
    way: Way = "manual"
    act: StepAct = "none"
    minutes: int = Field(ge=0, le=7 * 24 * 60)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.way == "automatic" and self.act not in {"freeze", "page"}:
            raise ValueError(f"{self.title}: only stopping and paging can be automatic")
        if self.act == "page" and self.role not in CALLED:
            raise ValueError(f"{self.title}: paging needs the role on-call, client or legal")
        if self.way == "one_click" and self.act == "none":
            raise ValueError(f"{self.title}: one press needs something that it does")
        return self


class Contact(_Strict):
    """Somebody who is called, in this order within a role; by e-mail, by webhook or both."""

    contact_id: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    name: str = Field(min_length=1, max_length=80)
    role: CalledRole = "on_call"
    email: str = Field(default="", max_length=254)
    webhook_url: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not self.email and not self.webhook_url:
            raise ValueError(f"{self.name}: an e-mail address or a webhook is needed")
        if self.email and not _is_email(self.email):
            raise ValueError(f"{self.name}: {self.email} is no e-mail address")
        if self.webhook_url and not self.webhook_url.startswith(("https://", "http://")):
            raise ValueError(f"{self.name}: the webhook must be a web address")
        return self


class Playbook(_Strict):
    """The steps in order, and who is called. No contact for a role: see `PlaybookStore`.

    `is_paging_drills`: a drill calls people by e-mail and webhook too, marked as a drill; else it
    calls them in the page only.
    """

    steps: list[Step] = Field(max_length=MOST_STEPS)
    contacts: list[Contact] = Field(default_factory=list, max_length=MOST_CONTACTS)
    is_paging_drills: bool = False

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for name, ids in (
            ("step", [one.step_id for one in self.steps]),
            ("contact", [one.contact_id for one in self.contacts]),
        ):
            twice = sorted({one for one in ids if ids.count(one) > 1})
            if twice:
                raise ValueError(f"two {name}s are called {twice[0]}")
        return self


def default_playbook() -> Playbook:
    """Return what a brand starts with."""
    return Playbook(steps=[_step(*told) for told in _DEFAULT])


def _step(step_id: str, told: tuple[str, str], when: str, who: str, how: str) -> Step:
    level, minutes = when.split()
    way, act = how.split()
    fields: dict[str, Any] = {"level": level, "role": who, "way": way, "act": act}
    return Step(step_id=step_id, title=told[0], about=told[1], minutes=int(minutes), **fields)


_DEFAULT: tuple[tuple[str, tuple[str, str], str, str, str], ...] = (
    ("tell_team", ("Tell the community channel", "Say what was seen and who looks at it."),
     "watch 10", "agent", "manual none"),
    ("follow", ("Follow the stream", "Read what comes in; label what the machine took for something else."),
     "watch 15", "agent", "manual none"),
    ("freeze", ("Stop what would go out by itself", "Automatic and scheduled answers wait until somebody lets them go."),
     "storm 1", "agent", "automatic freeze"),
    ("page", ("Page the on-call", "Who does not acknowledge in 10 minutes is followed by the next."),
     "storm 10", "on_call", "automatic page"),
    ("owner", ("Name who owns the topic", "One person who knows the facts; note the name in the log."),
     "storm 15", "lead", "manual none"),
    ("statement", ("Sign off a holding statement", "What we know, what we do, when we speak again. A person signs it off, always."),
     "storm 30", "approver", "one_click statement"),
    ("boosts", ("Pause boosted posts and campaigns", "In the ad managers; Rapport cannot reach them."),
     "storm 30", "lead", "manual none"),
    ("client", ("Call the client lead", ""), "serious 10", "client", "automatic page"),
    ("legal", ("Call legal", ""), "serious 15", "legal", "automatic page"),
    ("source", ("Agree on one source of truth", "One page that everybody links to; the press line is the same."),
     "serious 45", "lead", "manual none"),
    ("channel", ("Move it into private", "Invite to private support; explain to the angry, do not open with compensation."),
     "serious 30", "agent", "manual none"),
    ("resume", ("Let held answers go, one by one", "Read each again: what was right before the storm may not be now."),
     "subsiding 240", "lead", "one_click resume"),
    ("thank", ("Thank those who helped and asked calmly", ""), "subsiding 1440", "agent", "manual none"),
    ("review", ("Say whether it was a storm, and write down why", "It sets the alarm of this brand."),
     "subsiding 2880", "lead", "manual none"),
)  # fmt: skip


def reached_by(changed: StormChanged) -> list[StepLevel]:
    """Return the levels of steps that this decision reaches."""
    if changed.level == "calm":
        return []
    if changed.level == "watch":
        return ["watch"]
    if changed.level == "subsiding":
        return ["watch", "subsiding"]
    reached: list[StepLevel] = ["watch"]
    if changed.severity >= 2 or changed.is_manual:
        reached.append("storm")
    return [*reached, "serious"] if changed.severity >= 3 else reached


def steps_of(
    steps: Sequence[Mapping[str, Any]],
    reached: Mapping[str, datetime],
    done: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> list[StepView]:
    """Return the steps as they stand: due, overdue, done."""
    return [_view(Step.model_validate(one), reached, done, now) for one in steps]


def _view(
    step: Step,
    reached: Mapping[str, datetime],
    done: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> StepView:
    since, record = reached.get(step.level), done.get(step.step_id)
    due_at = since + timedelta(minutes=step.minutes) if since else None
    return StepView(
        **step.model_dump(),
        due_at=due_at,
        is_overdue=record is None and due_at is not None and due_at < now,
        done_at=record["at"] if record else None,
        done_by=record["by_name"] if record else "",
        note=record.get("note", "") if record else "",
    )


def _is_email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    is_plain = text.isprintable() and not any(
        letter.isspace() or letter in "<>,;" for letter in text
    )
    return bool(name and at and host and is_plain)
