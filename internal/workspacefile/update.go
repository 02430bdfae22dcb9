package workspacefile

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v4"

	"personae/internal/persona"
)

// Mark brings up to date what files were made from, after they were applied to a workspace:
// its id, its revision, and the ids of personas.
func (f *Folder) Mark(now persona.Present, workspace uuid.UUID) {
	if f.said["workspace"] == "" {
		f.setTop("workspace", text(workspace.String()))
	}
	if f.Declared.Revision != now.Revision {
		f.setTop("revision", plain("!!int", strconv.Itoa(now.Revision)))
	}
	for i, p := range f.match(now) {
		if p != nil && f.Declared.Personas[i].ID.UUID != p.ID {
			at := f.personas[i]
			at.document().set(at.node, "id", text(p.ID.String()), personaKeys)
		}
	}
}

// Update has files hold what a workspace holds. What is in them without an id and not in the
// workspace is new, and stays.
func (f *Folder) Update(now persona.Present, workspace uuid.UUID) {
	fresh := len(f.said) == 0 && len(f.personas) == 0
	f.Mark(now, workspace)
	names := map[uuid.UUID]string{}
	for _, p := range now.Personas {
		names[p.ID] = p.Name
		if p.IsDefault && (fresh || f.Declared.Default != "" && now.Keys(f.Declared.Default) != now.Keys(p.Name)) {
			f.setTop("default", text(p.Name))
		}
	}
	if len(now.Personas) == 0 && f.Declared.Default != "" {
		at := f.at["default"]
		at.document().remove(at.node, "default")
	}
	f.updateSettings(now, fresh)
	f.updatePersonas(now)
	f.updateCampaigns(now, names)
}

func (p place) document() *document {
	if p.page != nil {
		return p.page.front
	}
	return p.file.doc
}

// top returns where a key of a file stands, or is to stand.
func (f *Folder) top(key string) place {
	at, is := f.at[key]
	if !is {
		at = place{file: f.main()}
		at.node = at.file.doc.root
		f.at[key] = at
	}
	return at
}

func (f *Folder) setTop(key string, value *yaml.Node) {
	at := f.top(key)
	doc := at.file.doc
	doc.anew = doc.anew || at.node.Line == 0
	doc.set(at.node, key, value, topKeys)
}

func (f *Folder) updateSettings(now persona.Present, fresh bool) {
	at := f.top("settings")
	i := find(at.node, "settings")
	if i < 0 || at.node.Content[i].Kind != yaml.MappingNode {
		if !fresh {
			return
		}
		made := &yaml.Node{Kind: yaml.MappingNode}
		for _, part := range persona.SettingParts() {
			if value := settingValue(part, now.Settings); value != nil && (!part.Voice || len(now.Personas) == 0) {
				made.Content = append(made.Content, text(part.Key), value)
			}
		}
		f.setTop("settings", made)
		return
	}
	for _, part := range persona.SettingParts() {
		follows := part.Voice && len(now.Personas) > 0
		value := settingValue(part, now.Settings)
		switch {
		case !slices.Contains(f.Declared.Settings.Says, part.Name):
		case follows:
			at.document().remove(at.node.Content[i], part.Key)
		case part.Read(f.Declared.Settings.Settings) == part.Read(now.Settings):
		case value == nil:
			at.document().set(at.node.Content[i], part.Key, plain("!!null", "null"), settingKeys())
		default:
			at.document().set(at.node.Content[i], part.Key, value, settingKeys())
		}
	}
}

// settingValue returns a setting as files have it; nil: it is empty.
func settingValue(part persona.SettingPart, s persona.Settings) *yaml.Node {
	switch part.Key {
	case "draftGenerationEnabled":
		return plain("!!bool", strconv.FormatBool(!s.DraftsOff))
	case "forgetLeadsAfterMonths":
		if s.ForgetAfter == 0 {
			return plain("!!null", "null")
		}
		return plain("!!int", strconv.Itoa(s.ForgetAfter))
	}
	if words := part.Read(s); words != "" {
		return text(words)
	}
	return nil
}

// match finds each persona of the files in a workspace: by id, else by name; nil: it is not
// there.
func (f *Folder) match(now persona.Present) []*persona.Persona {
	found := make([]*persona.Persona, len(f.Declared.Personas))
	taken := map[uuid.UUID]bool{}
	try := func(is func(persona.DeclaredPersona, persona.Persona) bool) {
		for i, d := range f.Declared.Personas {
			for n := range now.Personas {
				if p := &now.Personas[n]; found[i] == nil && !taken[p.ID] && is(d, *p) {
					found[i], taken[p.ID] = p, true
				}
			}
		}
	}
	try(func(d persona.DeclaredPersona, p persona.Persona) bool { return d.ID.Valid && d.ID.UUID == p.ID })
	try(func(d persona.DeclaredPersona, p persona.Persona) bool { return now.Keys(d.Name) == now.Keys(p.Name) })
	return found
}

func (f *Folder) updatePersonas(now persona.Present) {
	held := map[uuid.UUID]bool{}
	for i, p := range f.match(now) {
		at := f.personas[i]
		switch {
		case p != nil:
			held[p.ID] = true
			at.rewrite(f.Declared.Personas[i].Content, p.Content)
		case !f.Declared.Personas[i].ID.Valid:
		case at.page != nil:
			at.file.gone = true
		default:
			list := at.file.doc.root.Content[find(at.file.doc.root, "personas")]
			at.file.doc.drop(list, at.node)
		}
	}
	inList := f.single || f.at["personas"].file != nil && !slices.ContainsFunc(f.personas, func(at place) bool { return at.page != nil })
	for _, p := range now.Personas {
		switch {
		case held[p.ID]:
		case inList:
			f.addTo("personas", personaNode(p))
		default:
			f.files = append(f.files, f.newPage(p))
		}
	}
}

// rewrite changes the words that differ.
func (p place) rewrite(was, now persona.Content) {
	doc := p.document()
	if was.Name != now.Name {
		doc.set(p.node, "name", text(now.Name), personaKeys)
	}
	for i, f := range persona.Fields() {
		key, words := persona.FieldKeys()[i], *f.Of(&now.Voice)
		switch {
		case *f.Of(&was.Voice) == words:
		case p.page != nil && !f.OneLine && find(p.node, key) < 0:
			p.page.set(i, words)
		case words == "":
			doc.remove(p.node, key)
		default:
			doc.set(p.node, key, text(words), personaKeys)
		}
	}
	switch {
	case was.Variants == now.Variants:
	case now.Variants == "":
		doc.remove(p.node, "variants")
	default:
		doc.set(p.node, "variants", variantsNode(now.Variants), personaKeys)
	}
}

// variantsNode returns words in other languages as files have them.
func variantsNode(v persona.Variants) *yaml.Node {
	all := &yaml.Node{Kind: yaml.MappingNode}
	for _, one := range v.List() {
		n := &yaml.Node{Kind: yaml.MappingNode}
		for i, f := range persona.VariantFields() {
			if words := *one.Of(f); words != "" {
				n.Content = append(n.Content, text(persona.VariantKeys()[i]), text(words))
			}
		}
		all.Content = append(all.Content, text(string(one.Language)), n)
	}
	return all
}

func personaNode(p persona.Persona) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text("id"), text(p.ID.String()), text("name"), text(p.Name)}}
	for i, f := range persona.Fields() {
		if words := *f.Of(&p.Voice); words != "" {
			n.Content = append(n.Content, text(persona.FieldKeys()[i]), text(words))
		}
	}
	if p.Variants != "" {
		n.Content = append(n.Content, text("variants"), variantsNode(p.Variants))
	}
	return n
}

// addTo appends an item to a list of a file.
func (f *Folder) addTo(key string, item *yaml.Node) {
	at := f.top(key)
	i := find(at.node, key)
	if i < 0 || at.node.Content[i].Kind != yaml.SequenceNode {
		f.setTop(key, &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{item}})
		return
	}
	list := at.node.Content[i]
	if list.Line == 0 {
		// It is new in this very writing, and its lines are written with it.
		at.file.doc.refresh(list, item)
		return
	}
	at.file.doc.add(list, item)
}

// newPage makes a file for a persona that has none.
func (f *Folder) newPage(p persona.Persona) *file {
	dir := filepath.Join(f.path, "personas")
	taken := map[string]bool{}
	for _, one := range f.files {
		taken[strings.ToLower(filepath.Base(one.path))] = true
		if one.page != nil && one.was != nil {
			dir = filepath.Dir(one.path)
		}
	}
	stem := slug(p.Name)
	name := stem + ".md"
	for n := 2; taken[name]; n++ {
		name = stem + "-" + strconv.Itoa(n) + ".md"
	}
	one := newFile(filepath.Join(dir, name))
	one.doc.root = personaNode(p)
	one.page = &page{front: one.doc, fences: [2]string{"---\n", "---\n"}, end: "\n", sections: []section{{field: -1}}}
	for i, field := range persona.Fields() {
		if words := *field.Of(&p.Voice); words != "" && !field.OneLine {
			n := find(one.doc.root, persona.FieldKeys()[i])
			one.doc.root.Content = slices.Delete(one.doc.root.Content, n-1, n+1)
			one.page.set(i, words)
		}
	}
	return one
}

// slug returns a name as one of a file.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(persona.TidyName(name)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := strings.Trim(persona.Cut(b.String(), 60), "-")
	if s == "" || s == "readme" {
		s = strings.Trim("persona-"+s, "-")
	}
	return s
}

func (f *Folder) updateCampaigns(now persona.Present, names map[uuid.UUID]string) {
	there := map[string]persona.Campaign{}
	for _, c := range now.Campaigns {
		if !c.Archived() {
			there[c.ExternalID] = c
		}
	}
	for i, d := range f.Declared.Campaigns {
		at := f.campaigns[i]
		doc := at.file.doc
		c, is := there[d.ExternalID]
		delete(there, d.ExternalID)
		if !is {
			archived := slices.ContainsFunc(now.Campaigns, func(c persona.Campaign) bool { return c.ExternalID == d.ExternalID })
			if archived {
				doc.drop(at.file.doc.root.Content[find(doc.root, "campaigns")], at.node)
			}
			continue
		}
		if d.Name != "" && d.Name != c.Name {
			doc.set(at.node, "name", text(c.Name), campaignKeys)
		}
		switch name := names[c.PersonaID.UUID]; {
		case name == "" && d.Persona != "":
			doc.remove(at.node, "persona")
		case name != "" && (d.Persona == "" || now.Keys(d.Persona) != now.Keys(name)):
			doc.set(at.node, "persona", text(name), campaignKeys)
		}
	}
	for _, c := range now.Campaigns {
		if _, is := there[c.ExternalID]; !is {
			continue
		}
		n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text("externalId"), text(c.ExternalID), text("name"), text(c.Name)}}
		if name := names[c.PersonaID.UUID]; name != "" {
			n.Content = append(n.Content, text("persona"), text(name))
		}
		f.addTo("campaigns", n)
	}
}
