-- error: half an answer is no answer.
local function attack (p, host)
  return { nice = 5, sched = "fastest" }
end
