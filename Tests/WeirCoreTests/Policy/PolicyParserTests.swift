import Testing
import WeirCore

@Suite struct PolicyParserTests {
    /// The statements of a text, or the errors as text.
    private func parsed(_ text: String) throws -> [Statement] { try PolicyParser.parse(text) }

    private func errors(_ text: String) -> [String] {
        do throws(PolicyErrors) {
            _ = try PolicyParser.parse(text)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test(arguments: FifteenPolicies.all.map(\.text))
    func thePolicyPrintsBackToItself(_ text: String) throws {
        let statements = try parsed(text)
        let squeezed = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(statements.map(\.description) == squeezed)
        #expect(try parsed(statements.map(\.description).joined(separator: "\n")) == statements)
    }

    @Test(arguments: [
        "200/s burst 400 by ip",
        "a: 5/15min answer 503 else allow on outage",
        "a: 3/500ms counting calls cost 2 if path=\"/a, b|c\" method=GET, 0 if user, 7",
        "a: 10k/week from monday enforce 25% overage",
        "a: 1/day from 06:00 during 22:00-06:00 in UTC",
        "a: 9/s by ip/0/0, x-team when x-team!=@g|\"*\"|a* no user replaces b, c",
        "a: group @b 192.0.2.0/24 \"quoted \\\" and \\\\\" x*y?",
        "a: route GET|POST /search/* of search weight 5",
        "a: route /plain",
        "a: deny when user=bot*",
        "a: exempt from b, c when path=/x",
        "a: exempt when ip=2001:db8::/32",
        "a: 7/h counting answers 401|5xx",
    ])
    func everyFormOfTheGrammarPrintsBackToItself(_ text: String) throws {
        #expect(try parsed(text).map(\.description) == [text])
    }

    @Test func statementsEndAtLinesAndSemicolonsAndCommentsAreSkipped() throws {
        let text = """
            # a comment; with a semicolon
            a:1/s;b: 2/s by ip,user   # another
            ;;
            c : 3/s when path=/x#y
            """
        #expect(try parsed(text).map(\.description) == ["a: 1/s", "b: 2/s by ip, user", "c: 3/s when path=/x#y"])
        #expect(try parsed("").isEmpty)
        #expect(try parsed(" \n ; # nothing\r\n").isEmpty)
    }

    @Test(arguments: [
        (
            "5/minute",
            "1:1: expected a unit (ms, s, min or h; day, week, month, quarter or year) after \"/\", found \"5/minute\"; try 5/min (steady) or quota 5/min (by the clock)"
        ),
        ("0.5/s", "1:1: expected a whole number before \"/\", found \"0.5/s\"; try 1/2s"),
        (
            "-9223372036854775808.5/s",
            "1:1: expected a whole number before \"/\", found \"-9223372036854775808.5/s\""
        ),
        ("0.5/0s", "1:1: expected a whole number before \"/\", found \"0.5/0s\""),
        ("1.5/2min", "1:1: expected a whole number before \"/\", found \"1.5/2min\"; try 3/4min"),
        ("100 /s", "1:5: expected \"/\" and a unit, or \"concurrent\", found \"/s\"; try 100/s"),
        ("100 per second", "1:5: expected \"/\" and a unit, or \"concurrent\", found \"per\"; try 100/s"),
        ("5 concurent", "1:3: expected \"/\" and a unit, or \"concurrent\", found \"concurent\"; try 5 concurrent"),
        ("0/s", "1:1: expected an amount from 1 such as 200, 10k or 5GB before \"/\", found \"0/s\""),
        (
            "99999999999999999999/s",
            "1:1: expected an amount from 1 such as 200, 10k or 5GB before \"/\", found \"99999999999999999999/s\""
        ),
        (
            "5/sec",
            "1:1: expected a unit (ms, s, min or h; day, week, month, quarter or year) after \"/\", found \"5/sec\"; try 5/s"
        ),
        ("quota 7/7min", "1:7: expected a number of minutes that divides an hour, found \"7/7min\""),
        ("5/2day", "1:1: expected one day, not several, found \"5/2day\""),
        (
            "5/s bust 3",
            "1:5: expected a clause (burst, by, when, during, in, from, counting, cost, overage, hold, answer, shadow, enforce, replaces, else, on), found \"bust\"; try burst"
        ),
        ("5/s by", "1:7: expected an attribute such as ip or api_key, found the end of the statement"),
        (
            "5/s by ip ip",
            "1:11: expected a clause (burst, by, when, during, in, from, counting, cost, overage, hold, answer, shadow, enforce, replaces, else, on), found \"ip\"; try a comma before \"ip\""
        ),
        ("5/s by ip, ip/24/48", "1:12: expected each attribute once, found \"ip/24/48\" again"),
        ("5/s by ip/33/64", "1:8: expected prefixes for IPv4 and IPv6, found \"ip/33/64\"; try ip/24/48"),
        ("5/s by User", "1:8: expected an attribute's name in lower case, found \"User\"; try user"),
        ("5/s by when", "1:8: expected an attribute's name, not a word of the grammar, found \"when\""),
        ("5/s burst 3 burst 4", "1:13: expected \"burst\" once, found it twice"),
        ("5/s shadow enforce 5%", "1:12: expected either \"shadow\" or \"enforce\", found both; try enforce 5% alone"),
        ("5/day burst 3", "1:7: expected \"burst\" only on a bucket such as 100/s, not on \"5/day\""),
        (
            "5 concurrent cost 2",
            "1:14: expected no \"cost\" on \"5 concurrent\": a request takes one slot, whatever it costs"
        ),
        ("5/s hold 60s", "1:5: expected \"hold\" only on slots such as 10 concurrent, not on \"5/s\""),
        ("5/s enforce 10", "1:13: expected a share from 0% to 100%, found \"10\"; try enforce 10%"),
        ("5/s when method == GET", "1:17: expected a condition without spaces, such as method=POST, found \"==\""),
        ("5/s when method==GET", "1:10: expected one \"=\", found \"method==GET\"; try method=GET"),
        ("5/s when method=", "1:10: expected a condition without spaces, such as method=POST, found \"method=\""),
        ("5/s when api_key=abc", "1:10: expected no value for api_key, which is a secret; try api_key or no api_key"),
        (
            "5/s when",
            "1:9: expected a condition such as method=POST, user or no api_key, found the end of the statement"
        ),
        (
            "5/s if user",
            "1:5: expected a clause (burst, by, when, during, in, from, counting, cost, overage, hold, answer, shadow, enforce, replaces, else, on), found \"if\"; try when"
        ),
        (
            "5/s cost 5 when user, 3",
            "1:12: expected \"if\" after a cost: \"when\" belongs to the rule, found \"when\"; try if"
        ),
        ("5/s cost 5, 3 if user", "1:22: expected no cost after \"5\", which always matches; try it as the last one"),
        (
            "5GB/day",
            "1:8: expected \"counting bytes_in\" or \"counting bytes_out\" with the amount 5GB; try counting bytes_out"
        ),
        (
            "5/s burst 1GB",
            "1:14: expected \"counting bytes_in\" or \"counting bytes_out\" with the amount 1GB; try counting bytes_out"
        ),
        (
            "5/s counting byte_in",
            "1:14: expected what is counted (calls, units, bytes_in, bytes_out, answers), found \"byte_in\"; try bytes_in"
        ),
        ("5/s answer 200", "1:12: expected an HTTP status from 400 to 599, found \"200\""),
        ("5/s else open on outage", "1:10: expected deny, local or allow, found \"open\""),
        ("5/s else deny", "1:14: expected \"on outage\", found the end of the statement; try else deny on outage"),
        (
            "5/month from 32",
            "1:14: expected a day (15), a weekday (monday), a date (04-06), a time (06:00) or signup, found \"32\""
        ),
        (
            "5/week from munday",
            "1:13: expected a day (15), a weekday (monday), a date (04-06), a time (06:00) or signup, found \"munday\"; try monday"
        ),
        ("5/s during mon-fry", "1:12: expected days and times such as mon-fri 09:00-18:00, found \"mon-fry\""),
        ("5/s during 09:00-25:00", "1:12: expected times such as 09:00-18:00, found \"09:00-25:00\""),
        ("deny when user", "1:1: expected a name and \":\" before \"deny\"; try name: deny …"),
        (
            "a: dny when user",
            "1:4: expected a limit such as 200/s, or group, route, deny or exempt, found \"dny\"; try deny"
        ),
        ("a: deny if user", "1:9: expected \"when\" and a condition, found \"if\"; try when"),
        ("a: deny 200 when user", "1:9: expected an HTTP status from 400 to 599, found \"200\""),
        ("a: group a, b", "1:11: expected members apart by spaces, found \",\"; try a space instead of \",\""),
        ("a: group", "1:9: expected the members of the group, found the end of the statement"),
        ("a: route GET", "1:13: expected a path such as /search/*, found the end of the statement"),
        ("a: route G3T /x", "1:10: expected methods such as GET|POST, or a path such as /search/*, found \"G3T\""),
        ("a: route /x weight 0", "1:20: expected a weight from 1 to 1000000, found \"0\""),
        ("a: exempt from when user", "1:21: expected \"when\" and a condition, found \"user\""),
        ("5/s when path=\"/a", "1:10: expected a closing \" before the end of the line"),
        ("5/s when path=a\"b\"", "1:10: expected a value, found \"a\"b\"\"; try the whole value in quotes"),
        (
            "9a: 5/s",
            "1:1: expected a name for the statement (a letter, then letters, digits, \".\", \"_\" or \"-\", at most 63), found \"9a\""
        ),
    ])
    func aWrongStatementIsRefusedWithPlaceExpectationAndSuggestion(_ text: String, _ message: String) {
        #expect(errors(text) == [message])
    }

    @Test func everyErrorOfATextIsToldAtOnce() {
        let found = errors("a: 5/minute\nb: 1/s\nc: 5/s by\n5/s")
        #expect(found.count == 3)
        #expect(found[0].hasPrefix("1:4:"))
        #expect(found[1].hasPrefix("3:10:"))
        #expect(found[2] == "4:1: expected a name and \":\" before the limit, as there are others; try name: 5/s")
    }

    @Test func aLimitWithoutANameIsFineAlone() throws {
        let statements = try parsed("200/s burst 400 by ip")
        #expect(statements.count == 1)
        #expect(statements[0].name == nil)
    }
}
