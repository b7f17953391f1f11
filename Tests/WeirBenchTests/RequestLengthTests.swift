import Testing

import WeirBench

/// Where the fault proxy cuts what agents say to the store.
@Suite struct RequestLengthTests {
    private let request = Array("*2\r\n$4\r\nECHO\r\n$5\r\na\r\nbc\r\n".utf8)

    @Test func aRequestEndsBehindItsLastStringWhateverIsInIt() {
        #expect(RequestLength.first(request) == request.count)
        #expect(RequestLength.first(request + request) == request.count)
    }

    @Test func whatIsNotWholeIsWaitedFor() {
        #expect(RequestLength.first([]) == nil)
        for count in 1..<request.count { #expect(RequestLength.first(Array(request[..<count])) == nil, "\(count)") }
    }
}
