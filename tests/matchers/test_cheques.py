"""Cheque numbers in sequence: near ones speak for their drawer, however many others are near."""

from matchers.candidates import MOST_NEAR, NEAR, Memory


def memory_of(cheques: dict[int, int]) -> Memory:
    memory = Memory()
    for number, customer in cheques.items():
        memory.learn_check(str(number), customer)
    return memory


def test_customers_with_a_cheque_near_are_found_with_their_distance():
    memory = memory_of({900: 1, 1_010: 2, 1_400: 3, 1_401: 4, 600: 5, 599: 6})
    assert memory.near_checks("1000") == {5: 400, 1: 100, 2: 10, 3: 400}


def test_of_very_many_cheques_the_nearest_are_looked_at():
    around = {5_000 + place: 1_000 + place for place in range(-NEAR, NEAR + 1)}
    near = memory_of(around).near_checks("5000")
    assert len(near) <= MOST_NEAR
    assert near == {1_000 + place: abs(place) for place in range(-50, 51)}


def test_more_equal_cheques_than_are_looked_at_are_still_all_found():
    memory = Memory()
    for customer in range(MOST_NEAR + 1):
        memory.learn_check("7000", customer)
    assert memory.near_checks("7000") == dict.fromkeys(range(MOST_NEAR + 1), 0)
