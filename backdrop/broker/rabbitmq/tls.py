"""`amqps://`: the broker's certificate is checked, and that it is for the host of the URL.

py-amqp checks the host only if told its name, and then remembers the first broker's for all others.
"""

from __future__ import annotations

from typing import Any

from kombu.transport.pyamqp import SSLTransport


class Transport(SSLTransport):
    def establish_connection(self) -> Any:
        assert self.client is not None, "a transport has its connection until it is closed"
        self.client.ssl = {"server_hostname": self.client.hostname}
        return super().establish_connection()
