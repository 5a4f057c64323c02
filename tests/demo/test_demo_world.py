"""The demo world is what it says: whole, proved, the same for the same seed, and honest about its answers."""

from collections import Counter
from dataclasses import replace

import pytest

from jobs.demo_traps import transposed
from jobs.demo_world import AS_OF, DemoWorld, Posted, answers_csv, demo_world, read_answers, wrong_posts
from recon.frames import day_number
from recon.model import Proof
from recon.receivables import read_credits, read_customers, read_invoices
from recon.statements import profile_from_toml, read_bytes


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return demo_world()


def right_books(world: DemoWorld) -> dict[str, Posted]:
    """What a perfect night would have in its books."""
    return {
        a.bank_id: Posted(a.shares, a.set_aside, a.return_of)
        for a in world.answers
        if a.expect in ("applied", "set_aside", "return")
    }


def test_same_seed_gives_the_same_world_and_another_seed_another(world: DemoWorld) -> None:
    assert demo_world() == world
    assert demo_world(7).invoices != world.invoices


@pytest.mark.parametrize("seed", [2026, 1, 2, 3])
def test_world_has_its_size_and_every_trap_in_both_currencies(seed: int) -> None:
    world = demo_world(seed)
    assert read_invoices(world.invoices.content, "invoices.csv").problems == ()
    assert len(read_invoices(world.invoices.content, "invoices.csv").invoices) == 400
    assert len(read_customers(world.customers.content, "customers.csv").customers) == 120
    assert sum(answer.amount_minor > 0 for answer in world.answers) == 300
    traps = Counter((answer.trap, answer.currency) for answer in world.answers)
    for trap in (
        "typo short_payment three_invoices parent_pays ambiguous returned return discount interest transfer stranger"
        " overpayment duplicate credit_netting part_payment"
    ).split():
        assert traps[trap, "USD"], trap
        assert traps[trap, "EUR"], trap


def test_every_invoice_has_a_number_of_its_own_and_no_typo_is_another_number(world: DemoWorld) -> None:
    numbers = list(read_invoices(world.invoices.content, "i.csv").invoices.number)
    assert len(set(numbers)) == 400
    typos = [transposed(share.number) for a in world.answers if a.trap == "typo" for share in a.shares]
    assert len(typos) == 5
    assert not set(typos) & set(numbers)


def test_answers_use_each_cent_of_a_deposit_and_no_invoice_beyond_what_is_open(world: DemoWorld) -> None:
    items = read_invoices(world.invoices.content, "i.csv").invoices
    credits = read_credits(world.credits.content, "c.csv").invoices
    left = dict(zip(items.number, items.open_minor.tolist(), strict=True))
    left |= dict(zip(credits.number, credits.open_minor.tolist(), strict=True))
    for answer in world.answers:
        if answer.expect == "applied":
            assert sum(share.amount_minor for share in answer.shares) == answer.amount_minor
            for share in answer.shares:
                if share.number:
                    left[share.number] -= share.amount_minor
    assert all(left[number] >= 0 for number in items.number)
    assert all(left[number] <= 0 for number in credits.number)


def test_ambiguous_payment_fits_two_open_invoices_equally(world: DemoWorld) -> None:
    items = read_invoices(world.invoices.content, "i.csv").invoices
    for answer in world.answers:
        if answer.trap == "ambiguous":
            assert (items.open_minor == answer.amount_minor).sum() == 2


def test_some_invoices_are_late_enough_for_each_notice_and_some_customers_have_no_email(world: DemoWorld) -> None:
    items = read_invoices(world.invoices.content, "i.csv").invoices
    paid = {share.number for answer in world.answers for share in answer.shares}
    late = day_number(AS_OF) - items.due_day
    left = [int(days) for number, days in zip(items.number, late, strict=True) if number not in paid]
    for low, high in ((-10, -1), (1, 14), (15, 29), (30, 44), (45, 200)):
        assert sum(low <= days <= high for days in left) >= 2
    emails = list(read_customers(world.customers.content, "k.csv").customers.email)
    assert 5 <= emails.count("") <= 20


def test_statements_are_read_whole_and_their_balances_prove(world: DemoWorld) -> None:
    profile = profile_from_toml(world.profile.content.decode(), world.profile.name)
    found: dict[str, int] = {}
    for file in world.inbox:
        reading = read_bytes(file.content, file.name, profiles=(profile,))
        assert (reading.problems, len(reading.statements)) == ((), 1)
        statement = reading.statements[0]
        assert statement.account in (world.usd_account, world.eur_account)
        assert statement.proof is (Proof.VERIFIED if statement.currency == "EUR" else Proof.UNVERIFIABLE)
        found |= {line.bank_id: line.amount_minor for line in statement.lines}
        if file.name.endswith("03-31.ofx") or file.name.endswith("03-31.csv"):
            assert statement.closing_minor == world.closing_minor[statement.currency]
    told = {answer.bank_id: answer.amount_minor for answer in world.answers}
    assert {bank_id: found[bank_id] for bank_id in told} == told
    assert len(found) == len(told) + 1  # the one line of February


def test_one_statement_comes_twice_and_two_pairs_overlap(world: DemoWorld) -> None:
    contents = [file.content for file in world.inbox]
    assert len(contents) - len(set(contents)) == 1
    profile = profile_from_toml(world.profile.content.decode(), world.profile.name)
    lines = Counter(
        (statement.currency, line.bank_id)
        for content in set(contents)
        for statement in read_bytes(content, "x", profiles=(profile,)).statements
        for line in statement.lines
    )
    assert {currency for (currency, _), count in lines.items() if count == 2} == {"USD", "EUR"}


def test_right_books_have_no_wrong_post_and_one_corrupted_answer_is_one(world: DemoWorld) -> None:
    books = right_books(world)
    assert wrong_posts(world.answers, books) == ()
    place = next(i for i, answer in enumerate(world.answers) if answer.trap == "single")
    answer = world.answers[place]
    corrupted = replace(answer, shares=(replace(answer.shares[0], number="0"),))
    answers = (*world.answers[:place], corrupted, *world.answers[place + 1 :])
    assert wrong_posts(answers, books) == (answer.bank_id,)


def test_posting_what_nobody_can_know_is_wrong_and_queueing_never_is(world: DemoWorld) -> None:
    queue = next(answer for answer in world.answers if answer.expect == "queue")
    stranger = next(answer for answer in world.answers if answer.trap == "stranger")
    single = next(answer for answer in world.answers if answer.trap == "single")
    assert wrong_posts(world.answers, {queue.bank_id: Posted(single.shares)}) == (queue.bank_id,)
    assert wrong_posts(world.answers, {stranger.bank_id: Posted(single.shares)}) == (stranger.bank_id,)
    assert wrong_posts(world.answers, {single.bank_id: Posted(set_aside="interest")}) == (single.bank_id,)
    assert wrong_posts(world.answers, {}) == ()


def test_answers_survive_their_file(world: DemoWorld) -> None:
    assert read_answers(answers_csv(world.answers)) == world.answers
