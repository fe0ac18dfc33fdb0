"""A model behind HTTP: pictures of digits in, their probabilities out, as JSON.

    python prediction_service.py [--quick] [--epochs N] [--port 8000] [--model FILE]

Shows: a saved model loaded once, and `predict` called by the threads of a web server, with nothing
but Python's `http.server`; requests are checked before the model sees them.
Source: the manual's 4.3.3.4 for predict; RFC 9110 for the answers' codes.
At full size: the service, until Ctrl-C, of the model in FILE; where that is missing, one is trained
on MNIST first (expect 98 % of the test digits). Try
    curl -d '{"images": [[[0, 0, ...], ...]]}' http://127.0.0.1:8000/predict
with the grey values 0..255 of one or more pictures. It listens to this machine only: what answers
strangers wants encryption, limits and a real web server in front.
Data: MNIST, 11 MB, downloaded by `keras.datasets` at first use. --quick takes scikit-learn's scans
of 8 x 8 pixels, asks the service itself, from several threads at once, and ends.
"""

import argparse
import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from keras.datasets import mnist
from keras.layers import Dense, Flatten
from keras.models import Sequential, load_model

MOST_BYTES = 1_000_000  # of a request


def trained(path, load_data, epochs):
    """Write a model of digits to a file."""
    (x, y), _ = load_data()
    model = Sequential()
    model.add(Flatten(input_shape=x.shape[1:]))
    model.add(Dense(128, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x / 255, y, batch_size=32, epochs=epochs, verbose=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)


def images(body, shape):
    """The array (n, *shape) of 0..1 in a request's body; ValueError says what is wrong with it."""
    content = json.loads(body)
    if not isinstance(content, dict) or "images" not in content:
        raise ValueError('expected {"images": [...]}')
    pixels = np.asarray(content["images"], dtype="float32")
    if pixels.shape[1:] != shape:
        raise ValueError(f"expected images (n, {', '.join(map(str, shape))}), got {pixels.shape}")
    return pixels / 255


def service(model, port):
    """A server that answers POST /predict; port 0 takes any that is free."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            if self.path != "/predict":
                return self.answer(404, {"error": "there is only /predict"})
            size = int(self.headers.get("Content-Length", 0))
            if size > MOST_BYTES:
                return self.answer(413, {"error": f"more than {MOST_BYTES} bytes"})
            try:
                x = images(self.rfile.read(size), model.input_shape[1:])
            except (ValueError, TypeError) as error:
                return self.answer(400, {"error": str(error)})
            return self.answer(200, {"probabilities": model.predict(x).tolist()})

        def answer(self, code, content):
            body = json.dumps(content).encode("utf-8")
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about):
            pass  # one line for each request is too much here

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def asked(address, pixels):
    """The digits that the service at `address` sees in pictures (n, height, width) of 0..255."""
    body = json.dumps({"images": pixels.tolist()}).encode("utf-8")
    request = urllib.request.Request(address + "/predict", body)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return np.argmax(json.load(answer)["probabilities"], axis=-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--epochs", type=int, help="10, or 15 with --quick")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--model", type=Path, default=Path("example_output/prediction_service.h5"))
    options = parser.parse_args()

    np.random.seed(0)
    load_data, epochs = mnist.load_data, 10
    if options.quick:
        from small_data import digits as load_data

        epochs = 15
    if options.epochs is not None:
        epochs = options.epochs

    if options.quick or not options.model.exists():
        trained(options.model, load_data, epochs)
    server = service(load_model(options.model), 0 if options.quick else options.port)
    address = "http://{}:{}".format(*server.server_address)
    print(f"listening at {address}/predict")
    if not options.quick:
        return server.serve_forever()

    threading.Thread(target=server.serve_forever, daemon=True).start()
    _, (x_test, y_test) = load_data()
    with ThreadPoolExecutor(8) as pool:
        parts = pool.map(lambda pixels: asked(address, pixels), np.array_split(x_test, 100))
        found = np.concatenate(list(parts))
    server.shutdown()
    print(
        f"result: digits right over HTTP {np.mean(found == y_test):.3f} (with --quick at least 0.9)"
    )


if __name__ == "__main__":
    main()
