package auth

// FillSlots takes every slot, until the function that it returns is called.
func FillSlots(p *Passwords) func() {
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	return func() {
		for range cap(p.slots) {
			<-p.slots
		}
	}
}
