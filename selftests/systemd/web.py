# SPDX-License-Identifier: GPL-2.0-only
"""A small web service, as many a server has one: answers products, reads its configuration anew on SIGHUP."""
import http.server
import os
import signal
import socket


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        one, _, other = self.path.partition('?')[2].partition('*')
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f'the answer is {int(one) * int(other)}\n'.encode())


def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.sendto(text.encode(), os.environ['NOTIFY_SOCKET'])


server = http.server.ThreadingHTTPServer(('127.0.0.1', 8000), Handler)
signal.signal(signal.SIGHUP, lambda *_: print('configuration read', flush=True))
notify('READY=1')
server.serve_forever()
