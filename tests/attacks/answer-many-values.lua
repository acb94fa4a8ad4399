-- want: only the first counts.
local function attack (p, host)
  return { nice = 1 }, { nice = 2 }, error
end
