/// Checks that hold slots or reservations, found by their tickets and by the connections that they came over.
///
/// Places of fixed number. A check that would take something and finds none is denied (`overload`), as it could never be freed; one
/// that only has to be remembered takes the place of the oldest.
struct OpenChecks: ~Copyable {
    /// Charges for each check, on average.
    private static var chargesPerCheck: Int { 2 }

    let maximum: Int
    /// No charge is given up before this.
    private(set) var earliest = Int64.max
    private(set) var count = 0
    private(set) var chargeCount = 0
    private var checks: FixedArray<OpenCheck>
    private var charges: FixedArray<OpenCharge>
    private var freeChecks: FixedArray<UInt32>
    private var freeCharges: FixedArray<UInt32>
    /// Of each home, by serial, the place plus 1.
    private var index: FixedArray<UInt32>
    /// Of each connection the first of its checks, plus 1.
    private var owners: FixedArray<UInt32>
    /// Of each connection the last of them: the one that was opened first.
    private var oldest: FixedArray<UInt32>

    /// - Parameter owners: connections that there can be.
    init(maximum: Int, owners: Int) {
        self.maximum = maximum
        checks = FixedArray(count: maximum, repeating: OpenCheck())
        charges = FixedArray(count: maximum * Self.chargesPerCheck, repeating: .none)
        freeChecks = FixedArray((0..<UInt32(maximum)).reversed())
        freeCharges = FixedArray((0..<UInt32(maximum * Self.chargesPerCheck)).reversed())
        index = FixedArray(count: max(1, maximum * 2), repeating: 0)
        self.owners = FixedArray(count: max(1, owners), repeating: 0)
        oldest = FixedArray(count: max(1, owners), repeating: 0)
    }

    var places: Int { checks.count }

    /// Whether a check with so many charges finds room.
    func hasRoom(charges wanted: Int) -> Bool { count < maximum && chargeCount &+ wanted <= charges.count }

    // MARK: Finding

    private func home(_ serial: UInt32) -> Int { Int(serial) % index.count }
    private func next(_ position: Int) -> Int { position &+ 1 == index.count ? 0 : position &+ 1 }

    /// The place of the check with this ticket.
    func find(_ serial: UInt32) -> Int? {
        var position = home(serial)
        while index[position] != 0 {
            let place = Int(index[position]) &- 1
            if checks[place].serial == serial { return place }
            position = next(position)
        }
        return nil
    }

    /// The first check of a connection.
    func first(of owner: Int) -> Int? {
        guard owner < owners.count, owners[owner] != 0 else { return nil }
        return Int(owners[owner]) - 1
    }

    /// The check of a connection that was opened before all others.
    func oldest(of owner: Int) -> Int? {
        guard owner < oldest.count, oldest[owner] != 0 else { return nil }
        return Int(oldest[owner]) - 1
    }

    /// The serial number of the ticket of the check at a place.
    func serial(_ place: Int) -> UInt32 { checks[place].serial }

    /// Whether the check at a place has something whose time is over.
    func isOverdue(_ place: Int, now: Int64) -> Bool { checks[place].serial != 0 && checks[place].deadline <= now }

    // MARK: Opening and closing

    /// Opens a check; there is room for it.
    ///
    /// - Parameter owner: its connection; -1 where that says nothing of the request.
    mutating func open(_ serial: UInt32, owner: Int) -> Int {
        count &+= 1
        let place = Int(freeChecks[maximum &- count])
        checks[place] = OpenCheck(serial: serial)
        if owner >= 0, owner < owners.count {
            checks[place].owner = UInt32(owner + 1)
            checks[place].behind = owners[owner]
            if owners[owner] != 0 {
                checks[Int(owners[owner]) - 1].before = UInt32(place + 1)
            } else {
                oldest[owner] = UInt32(place + 1)
            }
            owners[owner] = UInt32(place + 1)
        }
        var position = home(serial)
        while index[position] != 0 { position = next(position) }
        index[position] = UInt32(place + 1)
        return place
    }

    /// Adds a charge to a check that was just opened.
    mutating func add(_ charge: OpenCharge, to place: Int) {
        chargeCount &+= 1
        let number = Int(freeCharges[charges.count &- chargeCount])
        charges[number] = charge
        charges[number].next = checks[place].charges
        checks[place].charges = UInt32(number + 1)
        checks[place].deadline = min(checks[place].deadline, charge.deadline)
        earliest = min(earliest, charge.deadline)
    }

    /// Everything that is overdue at `now` was looked for, and will be again in `pause` microseconds at the earliest.
    mutating func lookedThrough(now: Int64, pause: Int64) {
        var next = Int64.max
        for place in 0..<checks.count where checks[place].serial != 0 { next = min(next, checks[place].deadline) }
        earliest = max(next, now &+ pause)
    }

    /// The connection of a check is gone, though not what it has reserved.
    mutating func disown(_ place: Int) {
        unlink(place)
        (checks[place].owner, checks[place].before, checks[place].behind) = (0, 0, 0)
    }

    /// Takes out one charge of a check that `isWanted` says; with the last one the check closes.
    ///
    /// - Returns: nil when there is none.
    mutating func takeCharge(of place: Int, where isWanted: (OpenCharge) -> Bool) -> OpenCharge? {
        var (link, before) = (checks[place].charges, UInt32(0))
        while link != 0, !isWanted(charges[Int(link) - 1]) {
            before = link
            link = charges[Int(link) - 1].next
        }
        guard link != 0 else { return nil }
        let charge = charges[Int(link) - 1]
        if before == 0 { checks[place].charges = charge.next } else { charges[Int(before) - 1].next = charge.next }
        freeCharges[charges.count &- chargeCount] = link - 1
        chargeCount &-= 1
        if checks[place].charges == 0 { close(place) } else { checks[place].deadline = earliestDeadline(place) }
        return charge
    }

    private func earliestDeadline(_ place: Int) -> Int64 {
        var (link, deadline) = (checks[place].charges, Int64.max)
        while link != 0 {
            deadline = min(deadline, charges[Int(link) - 1].deadline)
            link = charges[Int(link) - 1].next
        }
        return deadline
    }

    /// Takes a check out of the list of its connection.
    private mutating func unlink(_ place: Int) {
        let check = checks[place]
        if check.before != 0 {
            checks[Int(check.before) - 1].behind = check.behind
        } else if check.owner != 0 {
            owners[Int(check.owner) - 1] = check.behind
        }
        if check.behind != 0 {
            checks[Int(check.behind) - 1].before = check.before
        } else if check.owner != 0 {
            oldest[Int(check.owner) - 1] = check.before
        }
    }

    private mutating func close(_ place: Int) {
        unlink(place)
        removeFromIndex(checks[place].serial, place)
        checks[place] = OpenCheck()
        freeChecks[maximum &- count] = UInt32(place)
        count &-= 1
    }

    private mutating func removeFromIndex(_ serial: UInt32, _ place: Int) {
        var hole = home(serial)
        while Int(index[hole]) != place &+ 1 { hole = next(hole) }
        var position = hole
        while true {
            position = next(position)
            if index[position] == 0 { break }
            let home = home(checks[Int(index[position]) &- 1].serial)
            let isHomeBetween = hole <= position ? hole < home && home <= position : hole < home || home <= position
            if !isHomeBetween {
                index[hole] = index[position]
                hole = position
            }
        }
        index[hole] = 0
    }

    /// Gives limits their numbers in another policy; -1 for those that are gone.
    mutating func renumber(_ number: (Int) -> Int) {
        for place in 0..<checks.count where checks[place].serial != 0 {
            var link = checks[place].charges
            while link != 0 {
                let charge = Int(link) - 1
                if charges[charge].limit >= 0 { charges[charge].limit = Int32(number(Int(charges[charge].limit))) }
                link = charges[charge].next
            }
        }
    }
}
