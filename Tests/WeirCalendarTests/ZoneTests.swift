import Testing
import WeirCalendar
import WeirCore

/// Zones and anchors that statements name, and what is said of those that do not fit.
@Suite struct ZoneTests {
    private func problem(_ text: String) -> String? {
        do throws(PolicyErrors) {
            _ = try Policy([PolicySource(name: "p", text: text)], almanac: ZoneAlmanac())
            return nil
        } catch {
            return error.errors.map(\.description).joined(separator: "\n")
        }
    }

    @Test(arguments: [
        (
            "5/day in Europe/Berlni",
            "p:1:1: expected a time zone such as Europe/Berlin after \"in\", found \"Europe/Berlni\"; try Europe/Berlin"
        ),
        (
            "5/day in shanghai",
            "p:1:1: expected a time zone such as Europe/Berlin after \"in\", found \"shanghai\"; try Asia/Shanghai"
        ),
        ("5/day in EST", "p:1:1: expected a time zone such as Europe/Berlin after \"in\", found \"EST\""),
        (
            "5/s in UTC",
            "p:1:1: expected a window or \"during\" for \"in UTC\", as \"5/s\" has no zone; try the limit without it"
        ),
        (
            "5/s from 15",
            "p:1:1: expected a window for \"from 15\", as \"5/s\" begins nowhere; try the limit without it"
        ),
        ("5/month from monday", "p:1:1: expected a day (15) after \"from\" for \"5/month\", found \"monday\""),
        ("5/week from 15", "p:1:1: expected a weekday (monday) after \"from\" for \"5/week\", found \"15\""),
        ("5/day from 04-06", "p:1:1: expected a time (06:00) after \"from\" for \"5/day\", found \"04-06\""),
        ("5/year from 31", "p:1:1: expected a date (04-06) after \"from\" for \"5/year\", found \"31\""),
        (
            "quota 5/h from 00:30",
            "p:1:1: expected a time (06:00) for several hours after \"from\" for \"quota 5/h\", found \"00:30\""
        ),
        (
            "quota 5/min from 00:30",
            "p:1:1: expected nothing: minutes begin with the clock's after \"from\" for \"quota 5/min\", found \"00:30\""
        ),
    ])
    func whatDoesNotFitIsRefusedWithAHint(_ text: String, _ message: String) {
        #expect(problem(text) == message)
    }

    @Test func everyZoneOfTheDatabaseIsKnown() {
        for zone in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "Etc/GMT+5"] {
            #expect(ZoneAlmanac().knows(zone: zone), "\(zone)")
        }
        for zone in ["", "Berlin", "Europe/", "/etc/passwd", "Mars/Olympus"] {
            #expect(!ZoneAlmanac().knows(zone: zone), "\(zone)")
        }
    }

    @Test func statementsWithoutAZoneTakeTheDefault() throws {
        let policy = try Policy([PolicySource(name: "p", text: "5/day")], almanac: ZoneAlmanac(zone: "Asia/Shanghai"))
        let rules = CompiledPolicy(policy, namespace: Hash128(low: 1, high: 2)).calendar
        #expect(rules.map(\.description) == ["day in Asia/Shanghai"])
    }
}
