--- What the tests of this folder say: a failure ends the program with its words.
local check = {}

function check.that(holds, what)
  if not holds then error(what, 2) end
end

function check.equal(found, expected, what)
  if found ~= expected then
    error(("%s\n  expected %s\n  found    %s"):format(what, tostring(expected), tostring(found)), 2)
  end
end

function check.at_least(found, least, what)
  if found < least then error(("%s: expected at least %d, found %d"):format(what, least, found), 2) end
end

return check
