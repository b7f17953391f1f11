import CLinux
import Glibc
import Synchronization
import WeirCore
import WeirJournal

/// Who may connect, and what becomes of those who come when there is no room.
extension Reactor {
    /// Microseconds for which a connection may say nothing when another wants its place.
    private static let silenceWhenFull: Int64 = 1_000_000
    /// Connections that one listener gives between two waits.
    private static let acceptsPerEvent = 64

    func accept(_ index: Int) {
        guard index < listeners.count else { return }
        for _ in 0..<Self.acceptsPerEvent {
            let descriptor = linux_accept(listeners[index].listener.number)
            if descriptor < 0 {
                if errno == EMFILE || errno == ENFILE { shed(listeners[index].listener.number) }
                return
            }
            openSpare()
            welcome(descriptor, listeners[index])
        }
    }

    /// Out of descriptors: takes one connection with the spare and closes it, so that the queue does not spin.
    private func shed(_ listener: Int32) {
        metrics[.noDescriptors].note(user: nil)
        openSpare()
        guard spare >= 0 else { return }
        Glibc.close(spare)
        spare = -1
        let descriptor = linux_accept(listener)
        if descriptor >= 0 { Glibc.close(descriptor) }
        openSpare()
    }

    /// Takes the spare descriptor back, as soon as there is one: when one could be opened, or was closed.
    func openSpare() {
        if spare < 0 { spare = open("/dev/null", O_RDONLY | O_CLOEXEC) }
    }

    private func welcome(_ descriptor: Int32, _ box: ListenerBox) {
        metrics.accepted.wrappingAdd(1, ordering: .relaxed)
        var user: uid_t = 0
        var group: gid_t = 0
        let isUnix = box.listener.isUnix
        if isUnix {
            guard linux_peer(descriptor, &user, &group) == 0, peers.allows(user: user, group: group) else {
                return refuse(descriptor, box, .notAllowed, user)
            }
        } else {
            linux_tcp_nodelay(descriptor)
        }
        let peer = isUnix ? user : nil
        let ofPeer = isUnix ? perUser[user, default: 0] : overTCP
        guard ofPeer < limits.connectionsPerUser || dropSilent(where: { $0.user == peer }) else {
            return refuse(descriptor, box, .tooManyOfUser, peer)
        }
        guard openCount < limits.connections || dropSilent(where: { _ in true }) else {
            return refuse(descriptor, box, .tooManyConnections, peer)
        }
        let slot = free.popLast() ?? connections.count
        let connection = Connection(
            descriptor: descriptor, speech: box.listener.speech, user: peer, generation: nextGeneration)
        // The highest bit of a token marks listeners.
        nextGeneration = (nextGeneration &+ 1) & 0x7fff_ffff
        if slot == connections.count { connections.append(connection) } else { connections[slot] = connection }
        let token = UInt64(slot) | UInt64(connection.generation) << 32
        guard linux_epoll_add(epoll.number, descriptor, linux_readable, token) == 0 else {
            connections[slot] = nil
            free.append(slot)
            Glibc.close(descriptor)
            return
        }
        openCount += 1
        if isUnix { perUser[user, default: 0] += 1 } else { overTCP += 1 }
        connection.silentSince = linux_boot_microseconds()
        silent.add(slot, connection.generation, open: openCount) { slot, generation in
            guard let connection = connections[slot] else { return false }
            return connection.generation == generation && connection.silentSince != nil
        }
        connection.isCounted = true
        waitingCount += 1
        metrics.open.store(UInt64(openCount), ordering: .relaxed)
    }

    /// Closes the connection that has said nothing for longest, of those that a newcomer may have the place of: who connects
    /// ahead gives way to who comes now.
    ///
    /// - Returns: false when there is none, or it came within the last second.
    private func dropSilent(where mayGo: (Connection) -> Bool) -> Bool {
        let latest = linux_boot_microseconds() - min(Self.silenceWhenFull, limits.helloDeadline)
        let longest = silent.first { slot, generation in
            guard let connection = connections[slot], connection.generation == generation,
                let since = connection.silentSince
            else { return .gone }
            if since > latest { return .tooYoung }
            // What has come may not have been read yet.
            return mayGo(connection) && !connection.hasInput ? .chosen : .passed
        }
        guard let longest, let connection = connections[longest] else { return false }
        metrics[.silent].note(user: connection.user)
        expire(connection, longest)
        return true
    }

    /// Says why, as far as the socket takes it, and closes.
    private func refuse(_ descriptor: Int32, _ box: ListenerBox, _ trouble: Trouble, _ user: uid_t?) {
        metrics[trouble].note(user: user)
        let code = trouble == .notAllowed ? WireError.Code.notAllowed : .overload
        let answer =
            switch box.listener.speech {
            case .native: NativeDoor.refusal(WireError(code, field: "connection", offset: 0))
            case .http: HTTPDoor.refusal(isAllowed: code != .notAllowed)
            case .spoe:
                SPOEDoor.refusal(
                    code == .notAllowed
                        ? SPOPError(.unknown, "expected a user that may use this socket (WEIR_PEERS)")
                        : SPOPError(.resources, "expected fewer connections"))
            }
        _ = answer.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        Glibc.close(descriptor)
    }
}
