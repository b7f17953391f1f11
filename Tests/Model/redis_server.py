"""A real redis-server on a Unix socket in a temporary directory, and the little of its protocol that the checks need."""
import os, shutil, socket, subprocess, tempfile, time


class RedisError(Exception):
    pass


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(30)
        self.reader = self.socket.makefile("rb")

    @staticmethod
    def encode(*words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """One reply. An error inside an array is a value, one on its own is raised."""
        reply = self.parse()
        if isinstance(reply, RedisError):
            raise reply
        return reply

    def parse(self):
        line = self.reader.readline()
        if not line:
            raise RedisError("the server has closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return RedisError(rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else self.reader.read(int(rest) + 2)[:-2]
        return None if rest == b"-1" else [self.parse() for _ in range(int(rest))]

    def __call__(self, *words):
        self.send(self.encode(*words))
        return self.receive()


class RedisServer:
    """`with RedisServer() as redis:`; ended by its process, with its directory."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="weir-redis-")
        self.path = os.path.join(self.directory, "s")
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "", "--dir", self.directory, *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.await_socket()
        except BaseException:
            self.__exit__()
            raise
        return self

    def await_socket(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                return self.connect()("PING")
            except (OSError, RedisError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("redis-server does not start; is it installed?")
                time.sleep(0.01)

    def connect(self):
        return Connection(self.path)

    def __exit__(self, *_):
        self.process.kill()                    # nothing is to be saved, and SIGTERM may be blocked in whoever started this
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
