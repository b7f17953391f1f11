import Foundation
import Testing
import WeirSettings
import WeirTestSupport

/// What a service manager is told (`sd_notify(3)`).
@Suite struct ServiceManagerTests {
    @Test func newsComeAsDatagrams() throws {
        let directory = try TemporaryDirectory()
        let socket = try NotifySocket(directory.file("notify"))
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.path])
        manager.tell(.ready)
        #expect(socket.next() == "READY=1")
        manager.tell(.ready, .status("two\nlines"))
        #expect(socket.next() == "READY=1\nSTATUS=two")
        manager.tell(.stopping)
        #expect(socket.next() == "STOPPING=1")
        manager.tell(.alive)
        #expect(socket.next() == "WATCHDOG=1")
        manager.tell(.reloading)
        // systemd wants to know since when.
        let reloading = try #require(socket.next())
        #expect(reloading.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*/) != nil)
    }

    @Test func anAbstractNameIsReachedAsWell() throws {
        let socket = try NotifySocket("@weir-test-\(UUID().uuidString)")
        ServiceManager(environment: ["NOTIFY_SOCKET": socket.path]).tell(.ready)
        #expect(socket.next() == "READY=1")
    }

    @Test func nobodyWaitsForAManagerThatIsNotThere() throws {
        let directory = try TemporaryDirectory()
        for path in ["", "relative", directory.file("gone"), "/" + String(repeating: "x", count: 200)] {
            ServiceManager(environment: ["NOTIFY_SOCKET": path]).tell(.ready, .stopping)
        }
        ServiceManager(environment: [:]).tell(.ready)
        // One that does not read: its queue is full at some time, and nothing hangs.
        let socket = try NotifySocket(directory.file("notify"))
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.path])
        for _ in 0..<5_000 { manager.tell(.alive) }
        #expect(socket.next() == "WATCHDOG=1")
    }

    @Test func theWatchdogIsThisProcesssAlone() {
        func watchdog(_ variables: [String: String]) -> Duration? {
            ServiceManager(environment: variables.merging(["NOTIFY_SOCKET": "/run/x"]) { $1 }, process: 7).watchdog
        }
        #expect(watchdog(["WATCHDOG_USEC": "10000000"]) == .seconds(10))
        #expect(watchdog(["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "7"]) == .seconds(10))
        #expect(watchdog(["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "8"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "soon"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "-5"]) == nil)
        #expect(watchdog([:]) == nil)
    }
}
