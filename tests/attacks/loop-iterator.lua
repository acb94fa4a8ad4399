-- spent: an iterator that always has one more is a loop.
local function attack (p, host)
  for _ in function () return 1 end do end
end
