import Foundation

/// Stands between a client and a PostgreSQL server: of the first so many COMMITs it lets the server do each, and cuts the connection
/// instead of bringing the answer. The client cannot know what became of it.
package final class CommitCutter {
    private let directory: TemporaryDirectory
    private let program: RunningProgram

    /// - Parameters:
    ///   - url: of a database of `PostgresUnderTest`.
    ///   - cuts: how many answers are not brought.
    package init(_ url: String, cuts: Int) throws {
        directory = try TemporaryDirectory()
        let server = url.split(separator: "host=")[1].split(separator: "&")[0]
        let script = """
            import os, select, socket, sys, threading
            ours, theirs, cuts = sys.argv[1], sys.argv[2], int(sys.argv[3])
            lock = threading.Lock()

            def carry(client):
                global cuts
                server = socket.socket(socket.AF_UNIX)
                server.connect(theirs)
                while True:
                    for side in select.select([client, server], [], [])[0]:
                        data = side.recv(65536)
                        if not data:
                            client.close(), server.close()
                            return
                        (server if side is client else client).sendall(data)
                        if side is client and b"COMMIT" in data:
                            with lock:
                                cuts -= 1
                                isCut = cuts >= 0
                            if isCut:
                                # The answer is here: it was committed.
                                server.recv(65536)
                                client.close(), server.close()
                                return

            listener = socket.socket(socket.AF_UNIX)
            listener.bind(ours)
            listener.listen(64)
            print("ready", flush=True)
            while True:
                threading.Thread(target=carry, args=(listener.accept()[0],), daemon=True).start()
            """
        program = try RunningProgram(
            "python3", ["-c", script, directory.file(".s.PGSQL.5432"), "\(server)/.s.PGSQL.5432", "\(cuts)"],
            in: directory)
        let program = program
        guard eventually({ program.log.contains("ready") }) else {
            throw RunningProgram.CouldNotStart(path: "python3", reason: program.log)
        }
        self.url = url.replacing("host=\(server)", with: "host=\(directory.path)")
    }

    /// The database by way of the cutter.
    package let url: String
}
