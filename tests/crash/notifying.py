"""The processes that the notifier's crash test kills: `python -m tests.crash.notifying STORE HOOK_URL MAIL_PORT LEASE`.

Every line on standard input starts one, whose id is printed; each tells whatever is due until it is killed or all is
told. They are forked, so that starting one takes a hundredth of a second and many can be killed.
"""

import os
import sys
import threading
from datetime import UTC, datetime, timedelta

from processors.notifying.notifier import Notifier, Way
from processors.notifying.sending import MailSender, WebhookSender
from processors.notifying.telling import Voice
from processors.store.opening import open_store


def work(store_url: str, hook_url: str, mail_port: int, lease: timedelta) -> None:
    """Tell both channels, each in its own thread, as a process does."""
    mail = MailSender(
        to=("ana@lumbre.example",), sender="atalaya@lumbre.example", host="127.0.0.1", port=mail_port, security="none"
    )
    with open_store(store_url, create=False) as store:
        notifier = Notifier(
            store,
            {"hook": Way(WebhookSender(hook_url), Voice()), "mail": Way(mail, Voice(lang="es"))},
            who=str(os.getpid()),
            now=lambda: datetime.now(UTC),
            lease=lease,
        )
        threads = [threading.Thread(target=notifier.tell, args=(channel,)) for channel in notifier.channels]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def main() -> None:
    """Start a process for every line."""
    store_url, hook_url, mail_port, lease = sys.argv[1:]
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(store_url, hook_url, int(mail_port), timedelta(seconds=float(lease)))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
