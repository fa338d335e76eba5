"""Requests to try whether a journal can be written to."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from classchat.journal.trials import Trials


class TrialsTests(SynchronousTestCase):
    """Requests, and the write that answers them."""

    def test_a_write_answers_all_requests_before_it(self) -> None:
        """Whatever is written answers those who wait, once; later ones wait for the next write."""
        trials = Trials()
        early = [trials.ask(), trials.ask()]
        trials.answer(worked=True)
        late = trials.ask()
        wanted = trials.wanted
        trials.answer(worked=False)

        assert [True, True, False] == [self.successResultOf(each) for each in [*early, late]]
        assert (True, False) == (wanted, trials.wanted)

    def test_a_request_that_is_given_up(self) -> None:
        """One that is cancelled is forgotten: a disk that hangs collects none of them."""
        trials = Trials()
        given_up = trials.ask()
        given_up.addErrback(lambda _: "given up")
        given_up.cancel()

        assert ("given up", False) == (self.successResultOf(given_up), trials.wanted)
