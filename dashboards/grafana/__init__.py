"""Grafana dashboards as code: what is asked (`queries`), what is shown (`boards`), and the JSON that Grafana reads.

It knows names of metrics and of the store's columns. It talks to no Grafana: files are the source of truth, and
`deploy/grafana/provisioning` gives them to it.
"""
