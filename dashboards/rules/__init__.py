"""Recording and alerting rules for Prometheus, as typed values made of the metric catalogue's names.

Owns which alerts there are outside Atalaya, when they fire and what they say; `python -m dashboards.rules` writes
`deploy/rules.yml`. Does not know who is told of them (`deploy/alertmanager.yml`), and judges no mention itself: alerts
about reputation repeat what the detectors have found.
"""
