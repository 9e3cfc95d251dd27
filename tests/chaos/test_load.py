"""Under load with every part in health: each click is answered 200, and Asterisk sees each call exactly once."""

from __future__ import annotations

from c2ctest.fixtures import MakeService
from lab import Lab

from load import Load, load_callers
from sizes import Sizes
from truth import assert_all_placed


def test_evenly_paced_calls_are_all_placed_once(lab: Lab, start_service: MakeService, sizes: Sizes) -> None:
    service = start_service()
    answers = Load(service, load_callers(lab)).paced(sizes.paced_calls, sizes.paced_rate)
    assert len(answers) == sizes.paced_calls
    assert_all_placed(service, lab, answers)


def test_calls_at_the_same_moment_are_all_placed_once(lab: Lab, start_service: MakeService, sizes: Sizes) -> None:
    service = start_service()
    answers = Load(service, load_callers(lab)).bursts(sizes.bursts, 64)
    assert len(answers) == sizes.bursts * 64
    assert_all_placed(service, lab, answers)
