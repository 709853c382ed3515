"""The tree stores what sequences share once, and loses nothing of them."""

from hypothesis import given
from hypothesis import strategies as st

from toolrl.models.prefix_tree import PrefixTree

TOKENS = st.lists(st.integers(0, 2), min_size=1, max_size=12)
SEQUENCES = st.lists(TOKENS, min_size=1, max_size=8)


def visible(tree, place):
    """The places a token may look at, by the rule that attention follows."""
    below = [range(n.start, n.end) for n in tree.nodes if n.end <= place < n.last]
    own = [range(n.start, place + 1) for n in tree.nodes if n.start <= place < n.end]
    return sorted(i for places in below + own for i in places)


@given(SEQUENCES, st.integers(1, 5))
def test_every_token_sees_its_own_sequence_up_to_itself_and_nothing_else(sequences, min_saved):
    tree = PrefixTree.of(sequences, min_saved=min_saved)
    for sequence, places in zip(sequences, tree.places, strict=True):
        assert [tree.tokens[i] for i in places] == sequence
        assert [tree.positions[i] for i in places] == list(range(len(sequence)))
        for n, place in enumerate(places):
            assert visible(tree, place) == places[: n + 1]


@given(SEQUENCES)
def test_with_the_least_saving_every_prefix_is_stored_once(sequences):
    tree = PrefixTree.of(sequences, min_saved=1)
    prefixes = {tuple(s[: n + 1]) for s in sequences for n in range(len(s))}
    assert len(tree.tokens) == len(prefixes)


@given(SEQUENCES, st.integers(1, 5))
def test_a_higher_least_saving_never_stores_fewer_tokens(sequences, min_saved):
    tree, stricter = (PrefixTree.of(sequences, min_saved=n) for n in (min_saved, min_saved + 3))
    assert len(tree.tokens) <= len(stricter.tokens)


@given(SEQUENCES, st.integers(1, 5))
def test_every_token_may_be_held_to_one_successor(sequences, min_saved):
    tree = PrefixTree.of(sequences, min_saved=min_saved, one_successor=True)
    successor = {}
    for sequence, places in zip(sequences, tree.places, strict=True):
        assert [tree.tokens[i] for i in places] == sequence
        for n, place in enumerate(places[:-1]):
            assert visible(tree, place) == places[: n + 1]
            assert successor.setdefault(place, sequence[n + 1]) == sequence[n + 1]


def test_the_answers_of_a_group_share_their_prompt_and_groups_share_their_beginning():
    system, one, two = list(range(20)), [30] * 20, [40] * 20
    answers = [[50, 51], [60], [50, 51]]
    tree = PrefixTree.of([system + prompt + a for prompt in (one, two) for a in answers])
    assert len(tree.tokens) == 20 + 2 * (20 + 3)
    assert tree.longest == 42
