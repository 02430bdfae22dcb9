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

// FillFresh takes every slot in which a new password may be hashed, until the function
// that it returns is called.
func FillFresh(p *Passwords) func() {
	var taken []func()
	for range cap(p.fresh) {
		p.fresh <- struct{}{}
		p.slots <- struct{}{}
		taken = append(taken, func() { <-p.slots; <-p.fresh })
	}
	return func() {
		for _, free := range taken {
			free()
		}
	}
}
