package match

// team is one side of a fixture. All are invented.
type team struct {
	name, short          string
	shirt, shorts, socks colour
	trim                 colour
	players              [11]string // the goalkeeper first
}

var teams = []team{
	{"Northport", "NPT", rgb(200, 24, 36), rgb(235, 235, 238), rgb(200, 24, 36), rgb(255, 255, 255),
		[11]string{"Brandt", "Osei", "Lindqvist", "Marsh", "Pereira", "Volkov", "Reyes", "Ashworth", "Okafor", "Nakata", "Delacroix"}},
	{"Halden", "HLD", rgb(238, 240, 244), rgb(24, 34, 72), rgb(238, 240, 244), rgb(24, 34, 72),
		[11]string{"Solberg", "Hauge", "Nilsen", "Tveit", "Berg", "Strand", "Moen", "Lunde", "Haavik", "Eide", "Foss"}},
	{"Kestrel Town", "KES", rgb(250, 204, 30), rgb(28, 60, 130), rgb(250, 204, 30), rgb(28, 60, 130),
		[11]string{"Whitlock", "Grady", "Amadi", "Pryce", "Holt", "Santos", "Keane", "Bauer", "Mbeki", "Lowe", "Farrow"}},
	{"Ravenna Bay", "RAV", rgb(36, 96, 210), rgb(36, 96, 210), rgb(245, 245, 245), rgb(255, 255, 255),
		[11]string{"Conti", "Ferri", "Gallo", "Bruno", "Leone", "Marini", "Costa", "Serra", "Villa", "Rinaldi", "Greco"}},
	{"Port Elara", "ELA", rgb(120, 196, 240), rgb(245, 245, 245), rgb(120, 196, 240), rgb(255, 255, 255),
		[11]string{"Quiroga", "Sosa", "Molina", "Vega", "Cabrera", "Luna", "Acosta", "Ibarra", "Rojas", "Medina", "Paz"}},
	{"Aldermoor", "ALD", rgb(40, 40, 48), rgb(40, 40, 48), rgb(40, 40, 48), rgb(240, 180, 40),
		[11]string{"Clegg", "Baines", "Tran", "Hobbs", "Drummond", "Idowu", "Fenwick", "Sato", "Cole", "Yilmaz", "Rowe"}},
	{"Sankt Veit", "SKV", rgb(104, 44, 150), rgb(245, 245, 245), rgb(104, 44, 150), rgb(255, 255, 255),
		[11]string{"Gruber", "Wagner", "Pichler", "Steiner", "Moser", "Hofer", "Leitner", "Berger", "Fuchs", "Eder", "Schmid"}},
	{"Oran United", "ORA", rgb(240, 120, 24), rgb(30, 30, 34), rgb(240, 120, 24), rgb(30, 30, 34),
		[11]string{"Benali", "Haddad", "Mansouri", "Ziani", "Cherif", "Amrani", "Saidi", "Toumi", "Belkacem", "Rahal", "Meziane"}},
}

// keepers wear what neither team does.
var keepers = [2]colour{rgb(120, 220, 70), rgb(200, 70, 200)}

// pairings are fixtures whose kits are told apart at a glance.
var pairings = [][2]int{
	{0, 1}, {2, 3}, {4, 5}, {6, 7}, {1, 3}, {0, 2}, {5, 1}, {7, 4}, {3, 7}, {2, 5}, {6, 0}, {4, 7},
}
