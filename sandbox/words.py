"""The words that invented people are made of: names, streets, trades. Data, no rules."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WOMEN = _words(
    """
    Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Nancy Lisa Margaret
    Betty Sandra Ashley Dorothy Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah
    Stephanie Rebecca Laura Helen Sharon Cynthia Kathleen Amy Angela Shirley Anna Brenda Pamela
    Nicole Ruth Katherine Samantha Christine Emma Catherine Virginia Debra Rachel Janet Maria
    Heather Diane Julie Joyce Victoria Kelly Christina Lauren Joan Evelyn Olivia Judith Megan
    Cheryl Andrea Hannah Martha Jacqueline Frances Gloria Teresa Ann Sara Madison Kathryn Janice
    Jean Alice Julia Judy Sophia Grace Denise Amber Marilyn Beverly Danielle Theresa Diana Natalie
    Brittany Charlotte Marie Kayla Alexis Lori Guadalupe Ximena Lucía Sofía María José Mónica Inés
    Beatriz Rocío Yolanda Esperanza Mei Ling Xiuying Yuki Hyun-Ja Thuy Linh Lan Priya Anjali
    Lakshmi Fatima Aisha Zainab Amina Leila Noor Keisha Latoya Ebony Tamika Imani Ngozi Adaeze
    Abena Chloé Zoë Renée Siobhán Maeve Brigid Ingrid Astrid Katarzyna Agnieszka Olga Svetlana
    Miriam Rivka Shoshana
    """
)
MEN = _words(
    """
    James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel
    Matthew Anthony Mark Donald Steven Andrew Paul Joshua Kenneth Kevin Brian Timothy Ronald
    George Jason Edward Jeffrey Ryan Jacob Nicholas Gary Eric Jonathan Stephen Larry Justin Scott
    Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis Jerry Tyler Aaron
    Henry Douglas Peter Adam Nathan Zachary Walter Kyle Harold Carl Jeremy Gerald Keith Roger
    Arthur Terry Lawrence Sean Christian Albert Joe Ethan Austin Jesse Willie Billy Bryan Bruce
    Ralph Roy Eugene Louis Philip Bobby Johnny José Jesús Ángel Andrés Héctor Raúl Óscar Ramón
    Tomás Mateo Santiago Joaquín Ignacio Wei Jun Hiroshi Kenji Min-Jun Sung Minh Tuan Duc Raj
    Vikram Arjun Sanjay Mohammed Ahmed Omar Ibrahim Hassan Yusuf DeShawn Jamal Malik Darnell
    Tyrone Kwame Chidi Emeka Seán Cormac Declan Björn Søren Lars Piotr Tomasz Dmitri Igor Moshe
    Avi Noah Elijah Caleb
    """
)
LAST = _words(
    """
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez
    Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris
    Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill
    Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips
    Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers
    Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson
    Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo
    Sanders Patel Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell
    Coleman Butler Henderson Barnes Fisher Vasquez Simmons Romero Jordan Patterson Alexander
    Hamilton Graham Reynolds Griffin Wallace Moreno West Cole Hayes Bryant Herrera Gibson Ellis
    Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens Harrison Fernandez McDonald
    Woods Washington Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford
    Olson Simpson Porter Hunter Gordon Mendez Silva Shaw Snyder Mason Dixon Munoz Hunt Hicks
    Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox Warren Mills Meyer Rice
    Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn
    Kelley Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott
    Cunningham Duncan Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry
    Perkins Hoffman Johnston Matthews Pena Richards Contreras Willis Carpenter Sandoval Guerrero
    George Chapman Rios Estrada Ortega Watkins Greene Nunez Wheeler Valdez Harper Burke Larson
    Santiago Maldonado Morrison Franklin Carlson Austin Dominguez Carr Lawson Jacobs O'Brien Lynch
    Singh Vega Bishop Montgomery Oliver Jensen Harvey Williamson Gilbert Dean Sims Espinoza Howell
    Li Wong Reid Hanson Le McCoy Garrett Burton Fuller Wang Weber Welch Rojas Lucas Marquez Fields
    Park Yang Little Banks Padilla Day Walsh Bowman Schultz Luna Fowler Mejía Núñez Peña Muñoz
    Ibáñez García-López D'Angelo O'Connor McAllister MacLeod Van-Dyke Okafor Adeyemi Mensah Diallo
    Abdullah Hussein Khan Rahman Chowdhury Iyer Krishnan Desai Sato Tanaka Yamamoto Choi Kwon Pham
    Hoang Vo Cohen Levy Goldberg Friedman Kowalski Nowak Wiśniewski Müller Schröder Lindström
    Åkesson Sørensen Petrov Ivanova Kovács Novák Papadopoulos Rossi Bianchi Esposito Ferreira
    Carvalho Gonçalves Dubois Lefèvre Begay Yazzie Redhorse Kealoha Kahananui
    """
)
NICKNAME_OF = {
    "Robert": "Bob", "William": "Bill", "Richard": "Dick", "James": "Jim", "John": "Jack",
    "Michael": "Mike", "Thomas": "Tom", "Charles": "Chuck", "Christopher": "Chris",
    "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Steven": "Steve", "Andrew": "Andy",
    "Joshua": "Josh", "Kenneth": "Ken", "Edward": "Ed", "Jeffrey": "Jeff", "Benjamin": "Ben",
    "Samuel": "Sam", "Gregory": "Greg", "Alexander": "Alex", "Raymond": "Ray", "Joseph": "Joe",
    "Elizabeth": "Liz", "Patricia": "Pat", "Jennifer": "Jen", "Margaret": "Peggy",
    "Katherine": "Kate", "Deborah": "Deb", "Rebecca": "Becky", "Kimberly": "Kim",
    "Susan": "Sue", "Barbara": "Barb", "Jessica": "Jess", "Stephanie": "Steph",
    "Cynthia": "Cindy", "Christine": "Chris", "Samantha": "Sam", "Victoria": "Vicky",
    "Kathleen": "Kathy", "Pamela": "Pam", "Theresa": "Terry", "Judith": "Judy",
}  # fmt: skip
STREETS = _words(
    """
    Maple Oak Cedar Pine Elm Washington Lincoln Jefferson Madison Jackson Franklin Lake Hill Park
    River Spring Church Mill Walnut Chestnut Willow Sunset Highland Meadow Orchard Valley Prospect
    Liberty Union Center Court School College Railroad Birch Dogwood Magnolia Juniper Sycamore
    Laurel Hickory Aspen Poplar Cherry Prairie Harbor Bay Ocean Canyon Mesa Ridge Summit Forest
    """
)
STREET_KINDS = (
    ("Street", "St"), ("Avenue", "Ave"), ("Road", "Rd"), ("Drive", "Dr"), ("Lane", "Ln"),
    ("Court", "Ct"), ("Boulevard", "Blvd"), ("Place", "Pl"), ("Way", "Way"), ("Terrace", "Ter"),
)  # fmt: skip
TRADES = (
    ("Teacher", "Lakeview Public Schools"), ("Registered Nurse", "Mercy River Hospital"),
    ("Attorney", "Hart & Delgado LLP"), ("Software Engineer", "Northwind Labs"),
    ("Professor", "Prairie State University"), ("Physician", "Cedar Family Medicine"),
    ("Accountant", "Bell Ledger Partners"), ("Electrician", "Self-Employed"),
    ("Consultant", "Self-Employed"), ("Farmer", "Self-Employed"),
    ("Social Worker", "Harbor County"), ("Librarian", "City of Greenfield"),
    ("Architect", "Stone Arch Studio"), ("Pharmacist", "Corner Drug Company"),
    ("Sales Manager", "Great Basin Supply"), ("Chef", "The Copper Table"),
    ("Real Estate Agent", "Blue Door Homes"), ("Engineer", "Summit Civil Works"),
    ("Truck Driver", "Long Haul Freight"), ("Writer", "Self-Employed"),
    ("Retired", "Not Employed"), ("Retired", "Not Employed"), ("Retired", "Not Employed"),
    ("Retired", "Not Employed"), ("Retired", "Not Employed"), ("Not Employed", "Not Employed"),
)  # fmt: skip
MAIL_DOMAINS = (
    "example.com", "mail.example.com", "post.example.org", "example.net", "home.example.net",
    "letters.example.org",
)  # fmt: skip
SPANISH_NAMES = frozenset(
    _words(
        """
    Aguilar Alvarado Alvarez Castillo Castro Chavez Contreras Cruz Delgado Diaz Dominguez Espinoza
    Estrada Flores Garcia García-López Garza Gomez Gonzalez Guerrero Gutierrez Guzman Hernandez
    Herrera Ibáñez Jimenez Lopez Luna Maldonado Marquez Martinez Medina Mejía Mendez Mendoza
    Morales Moreno Munoz Muñoz Nunez Núñez Ortega Ortiz Padilla Pena Perez Peña Ramirez Ramos
    Reyes Rios Rivera Rodriguez Rojas Romero Ruiz Salazar Sanchez Sandoval Soto Torres Valdez
    Vargas Vasquez Vega
    """
    )
)
