// tell reads again and again until standard input ends, and once more then. Each
// row that it has not seen before, and each hundredth read, is a line of JSON.
export async function tell(read) {
  let ended = false
  process.stdin.on('end', () => { ended = true }).resume()
  const seen = new Set()
  for (let reads = 1; ; reads++) {
    const last = ended
    for (const row of await read()) {
      const line = JSON.stringify(row)
      if (!seen.has(line)) {
        seen.add(line)
        console.log(line)
      }
    }
    if (last || reads % 100 === 0) console.log(JSON.stringify({ reads }))
    if (last) return
  }
}

// words gives the eight fields of a persona or of settings, in one order.
export const words = row => [
  row.personaName ?? row.aiPersonaName, row.tone ?? row.aiTone, row.greeting ?? row.aiGreeting, row.smsGreeting ?? row.aiSmsGreeting,
  row.signature ?? row.aiSignature, row.goals ?? row.aiGoals, row.serviceDescription, row.idealCustomerProfile]
