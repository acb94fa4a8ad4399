-- error: or from the library.
local function attack (p, host)
  error "library:-1: "
end
