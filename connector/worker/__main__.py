"""`python -m connector.worker ID DESCRIPTOR [PREDECESSOR]`, started by the supervisor.

It reports on the descriptor, and ends when its standard input closes, which only the supervisor's death does.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from connector import succession
from connector.database_health import DatabaseHealth
from connector.supervisor.report import send_reports
from connector.whatsapp.stdout import quiet_stdout
from gateway import metrics, telemetry
from gateway.settings import ConnectorSettings

# psycopg's pool logs every connection it lends at INFO.
LEVELS = {"connector": logging.INFO, "whatsmeow": logging.INFO, "psycopg": logging.WARNING}
# Something is left that the supervisor has to settle.
EXIT_UNFINISHED = 1


def end_with_parent() -> None:
    """End when standard input closes, which only the supervisor's end does: nobody would release our shards then."""

    def run() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os._exit(1)

    threading.Thread(target=run, name="parent-watch", daemon=True).start()


def set_up_logging() -> None:
    """Keep our lines apart from descriptor 1, to which Go prints."""
    quiet_stdout()
    for name, level in LEVELS.items():
        telemetry.adopt(name, "worker")
        logging.getLogger(name).setLevel(level)


def main() -> None:
    worker_id, descriptor, predecessor = sys.argv[1], int(sys.argv[2]), next(iter(sys.argv[3:]), None)
    set_up_logging()
    end_with_parent()
    settings, health = ConnectorSettings(), DatabaseHealth()
    succession.take_place(settings, worker_id, predecessor, health)
    # With the WhatsApp library, which takes most of a second: nobody is to wait so long for what comes before.
    from connector.worker.worker import Worker

    worker = Worker(settings, worker_id, health)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    send_reports(descriptor, worker.report)
    metrics.publish(worker.gauges)
    is_finished = worker.run()
    metrics.flush()
    logging.shutdown()
    os._exit(0 if is_finished else EXIT_UNFINISHED)


if __name__ == "__main__":
    main()
