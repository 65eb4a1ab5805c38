"""The page of an alert: its numbers have names, and one post is not called alike."""

from dashboards.console.alert_words import _cluster, _numbers
from dashboards.console.speech import Speech
from dashboards.console.words import WORDS

EN, ES = Speech("en"), Speech("es")


def test_the_numbers_of_the_evidence_are_named() -> None:
    """Each number of the evidence is named in the page's language; one that nobody has named keeps its own name."""
    evidence = {"negatives": 15, "expected_negatives": 5.575, "severity": "warn", "learning": True, "new_one": 2}
    assert _numbers(evidence, ES) == [("negativas", "15"), ("negativas esperadas", "5,575"), ("new_one", "2")]
    assert _numbers(evidence, EN)[1] == ("negatives expected", "5.575")


def test_a_post_that_is_alike_to_itself_is_no_repeated_text() -> None:
    """The greatest group of alike posts is told of from two posts on."""
    assert _cluster({"largest_cluster_share": 1 / 14, "posts": 14}, ES) == WORDS["alert_cluster_none"][1]
    assert _cluster({"largest_cluster_share": 2 / 14, "posts": 14}, EN) == "14% of the posts are one text (2 of 14)."
    assert _cluster({}, EN) == ""
