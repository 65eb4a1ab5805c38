"""Grafana dashboards as code: what is asked (`queries`), what is shown (`boards`), and the JSON that Grafana reads.

It knows names of metrics and of the store's columns. Files are the source of truth, and `deploy/grafana/provisioning`
gives them to Grafana; where it cannot be given files, `publishing` writes them through `port`, of which `client` alone
knows a client.
"""
