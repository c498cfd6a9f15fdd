"""A camera on the network: JPEG pictures over HTTP, paced, of an entrance where nobody stands."""

from __future__ import annotations

import http.server
import socketserver
import threading
import time
from types import TracebackType
from typing import Final, Self

import cv2

from tests.factories.phone_film import draw_scene

_MOMENTS: Final = 6
_JPEG_QUALITY: Final = 85


class CameraStream:
    """Serves pictures of 1280×720 once it is told to begin; before, it is out of order.

    Args:
        frames_a_second: Its pace.
    """

    def __init__(self, frames_a_second: int) -> None:
        self._pace = 1 / frames_a_second
        self._pictures = [_encode(number) for number in range(_MOMENTS)]
        self._is_live = threading.Event()
        self._is_closed = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._make_handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/camera.mjpg"

    def begin(self) -> None:
        """Send pictures from now on."""
        self._is_live.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _make_handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        stream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                if not stream._is_live.is_set():
                    self.send_error(503)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                self.close_connection = True
                try:
                    stream._send(self)
                except OSError:
                    return

        return Handler

    def _send(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        started, number = time.monotonic(), 0
        while not self._is_closed.wait(max(0.0, started + number * self._pace - time.monotonic())):
            picture = self._pictures[number % _MOMENTS]
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            handler.wfile.write(head.encode() + picture + b"\r\n")
            number += 1


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def _encode(number: int) -> bytes:
    scene = cv2.cvtColor(draw_scene(1, number), cv2.COLOR_GRAY2BGR)
    is_done, picture = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert is_done
    return picture.tobytes()
