"""Every code that can reach a page has a sentence, and every sentence belongs to a code."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.messages import Head, Labels, Reason
from contracts.replies import Draft
from services.gateway.domain.views import ConnectionView, ReplyView
from services.gateway.web import outcomes, presentation, wording

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"^[a-z][a-z_]*\.[a-z_]+$")
# Said to an operator in the dead letters, never to a page.
OPERATORS = {"brand.missing", "brand.unknown", "reply.id_mismatch"}
# Names of fields that look like codes.
FIELDS = {"approved_by.kind", "dm_event.fields"}
DRAFT = Draft(draft_id="d1", text="We open at nine.", language="en")
REPLY = ReplyView(
    state="drafted", reply_id="rpl_1", slot=0, revision=0, drafts=[DRAFT], draft=DRAFT.text,
    abstained=None, approval="approver", may_release=False,
)  # fmt: skip


def codes_in(*folders: str) -> set[str]:
    """Return the codes that stand in the source; names of log lines and files are none."""
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
            names = {
                id(argument)
                for call in calls
                if re.match(
                    r"(log\.|get_logger|.*joinpath$|.*files$|.*_reach$|reach$)",
                    ast.unparse(call.func),
                )
                for argument in call.args
            }
            found |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
                and CODE.match(node.value) and id(node) not in names
            }  # fmt: skip
    return found


def test_every_code_of_respond_has_a_sentence_and_no_sentence_is_left_over() -> None:
    # Why a language model's answer was not used stands in the record of its calls only.
    codes = {one for one in codes_in("services/respond") if not one.startswith("model.")}
    codes -= OPERATORS | FIELDS
    said = {*outcomes.HELD, *outcomes.NO_DRAFT, *outcomes.NOT_OUT}
    assert codes == said
    assert {code for code in codes if code.startswith("automatic.")} <= {*outcomes.HELD}


def test_every_act_in_the_trail_has_words() -> None:
    acts = set()
    for folder in ("services/gateway", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            acts |= set(re.findall(r'Act\(\s*f?"([a-z]+\.[^"]+)"', path.read_text()))
    assert {"reply.proposed", "person.password"} <= acts
    plain = {act for act in acts if "{" not in act}
    verbs = {f"connection.{verb}" for verb in ("added", "renewed", "paused", "resumed")}
    assert plain | verbs | {"item.closed", "item.reopened"} <= set(wording.ACTIONS)


def test_sentences_are_plain() -> None:
    for code, sentence in {**outcomes.NO_DRAFT, **outcomes.NOT_OUT, **outcomes.UNSURE}.items():
        assert sentence.endswith("."), code
        assert "!" not in sentence, code
    assert all(not phrase.endswith(".") for phrase in outcomes.HELD.values())


@pytest.mark.parametrize(
    ("reasons", "line"),
    [
        (["automatic.link"], "the message has a link"),
        (["policy.hold"], outcomes.RULES_ASK),
        ([], outcomes.RULES_ASK),
        (["automatic.new_rule"], "new rule"),
        (["automatic.late", "automatic.link", "automatic.negative", "automatic.stopped"],
         "automatic replies are stopped, the message is negative, and 2 more"),
    ],
)  # fmt: skip
def test_why_a_draft_is_held_is_one_line(reasons: list[str], line: str) -> None:
    assert outcomes.held_because(replace(REPLY, reasons=reasons)) == line


def test_nothing_is_held_for_who_may_release_it() -> None:
    assert outcomes.held_because(replace(REPLY, approval="agent", reasons=["policy.suggest"])) == ""
    assert outcomes.held_because(replace(REPLY, drafts=[], draft="")) == ""


def test_only_what_may_stand_there_is_called_doubtful() -> None:
    sure = replace(REPLY, state="parked", code="automatic.stopped")
    assert not outcomes.is_doubtful(sure)
    assert outcomes.is_doubtful(replace(REPLY, state="parked", code="publish.unknown"))
    assert outcomes.is_doubtful(replace(REPLY, state="parked", code="elsewhere.new"))
    told = outcomes.not_out(replace(REPLY, code="network.unreachable"), "Facebook")
    assert told == "Facebook cannot be reached, so nothing was sent."


def test_an_account_that_does_not_work_says_what_to_do() -> None:
    account = ConnectionView("con_1", "mastodon", "Casa", None, "needs_reauthorisation", None)
    told = outcomes.account_of(account)
    assert (told.tone, told.word) == ("red", "Connect again")
    assert "Accounts" in told.advice
    assert not outcomes.account_of(replace(account, state="active")).advice


def test_each_word_is_shown_once_with_all_it_spoke_for() -> None:
    head = Head(label="other", p={"other": 1.0})
    told = [("intent", "nobody came", 1.2), ("urgency", "Nobody came", -0.4),
            ("intent", "nobody came", 0.3), ("sentiment", "hour", -2.0)]  # fmt: skip
    labels = Labels(
        model="m", language=head, sentiment=head, intent=head, urgency=head, needs_human=head,
        reasons=[Reason(head=h, text=t, start=0, end=len(t), weight=w) for h, t, w in told],
    )  # fmt: skip
    words = presentation.top_words(labels)
    assert [word.text for word in words] == ["hour", "nobody came"]
    assert words[1].heads == [("intent", True), ("urgency", False)]
