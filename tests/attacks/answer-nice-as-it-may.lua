-- want: what it may say is heard; whether it may have it the core decides.
local function attack (p, host)
  return { nice = -20 }
end
