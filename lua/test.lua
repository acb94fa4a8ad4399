-- What a test may do to the machine: sim:exec { ... } and the like.
--
-- Each has had all its consequences when it returns.  What makes a task returns
-- it; what makes none returns the machine, so that calls can be chained.

local sim, act = ...

local methods = {}

local function method (name, does)
  methods[name] = function (self, ...)
    if self ~= sim then act.fail ("write sim:" .. name .. ", with a colon") end
    return does (...)
  end
end

local function chained (name, does)
  method (name, function (...)
    does (...)
    return sim
  end)
end

method ("exec", act.exec)
method ("fork", act.fork)
method ("thread", function (process, thread)
  return act.thread (thread == nil and {} or thread, process)
end)

method ("main", act.main)

chained ("exec_again", function (process, program)
  act.exec_again (program, process)
end)
chained ("exit", function (task, how)
  act.exit (how == nil and {} or how, task)
end)
chained ("focus", act.focus)
chained ("rename", act.rename)
chained ("uid", act.uid)
chained ("set", act.set)
chained ("pass", act.pass)
chained ("host", act.host)
chained ("memory_pressure", function (level)
  if level == nil then act.fail ('memory_pressure takes "normal", "warn" or "critical"') end
  act.host { memory_pressure = level }
end)

return methods
