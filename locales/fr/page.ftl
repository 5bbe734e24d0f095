# Ce que disent les pages.

skip-to-content = Aller au contenu
language-switch = English
language-switch-label = Read this page in English
invented-people = Démonstration : toutes les personnes et tous les dossiers sont inventés.
footer = Hygie, le point de contrôle zéro confiance des groupements hospitaliers
home = Première page
number = { $number }
table-unshown = { $count ->
    [one] { $count } ligne de plus n’est pas affichée.
   *[other] { $count } lignes de plus ne sont pas affichées.
}

## La page d’accueil

landing-title = La porte du groupement hospitalier
landing-intro = Chaque accès à un dossier patient, à un dispositif médical ou à un automate du bâtiment passe par cette porte. Chacun est décidé selon les mêmes règles, enregistré avant que rien ne soit montré, et vérifiable par tous des années plus tard. En cas d’urgence, la porte s’ouvre aussitôt, et l’ouverture est toujours revue.
landing-services = Ce que garde cette porte
landing-services-caption = Services derrière cette porte
landing-identities = Essayez en tant que
landing-identities-intro = Choisissez qui vous êtes, puis essayez les demandes et les services ci-dessous, ou ouvrez la console en tant que responsable.
landing-sign-in-as = S’identifier : { $name }
landing-signed-in = Vous êtes { $name }.
landing-sign-out = Terminer la session
landing-examples = Trois demandes à essayer
landing-examples-intro = Collez-les dans un terminal de cette machine.
landing-example-here = La même dans ce navigateur, une fois identifié en tant que { $name } :
landing-console = Ouvrir la console

column-service = Service
column-kind = Nature
column-tier = Niveau

## La console

console-title = Console
console-intro = Pour les responsables de la sécurité et de la protection des données : ce que la porte a décidé, et ce qu’il reste à revoir.
console-counts = Décisions du journal de preuves
console-decisions = Dernières décisions
console-decisions-none = Rien n’a encore été décidé. La première demande apparaîtra ici.
console-incidents = Incidents
console-incidents-none = Rien n’a été relevé qui fasse un incident.
console-reviews = Revues attendues
console-reviews-none = Aucune revue n’est attendue.
console-assets = Équipements des trois niveaux
console-assets-count = { $count ->
    [one] { $tier } ({ $count } équipement)
   *[other] { $tier } ({ $count } équipements)
}
console-assets-none = Aucun équipement n’est encore connu. L’annuaire du groupe en donne la liste.

column-time = Heure
column-person = Personne
column-action = Action
column-type = Type
column-patient = Patient
column-outcome = Issue
column-reason = Raison
column-glass = Ouverture
column-declared = Déclarée
column-due = Revue avant
column-about = Au sujet de
column-answers = Qui en répond
column-found = Relevé
column-last = Vu en dernier
column-level = Gravité
column-state = État
column-asset = Équipement
column-establishment = Établissement
column-function = Ce que les soins en attendent

## L’état des preuves

evidence-title = Preuves
evidence-entries = Entrées
evidence-checkpoint = Dont couvertes par une signature
evidence-origin = Nom du journal
evidence-key = Clé publique
evidence-key-hint = Avec cette clé et les seuls fichiers, chacun peut vérifier que rien n’a été modifié.
evidence-queue = En attente d’enregistrement
evidence-queue-depth = { $depth } sur { $limit }
evidence-state = État
evidence-stopped = Il n’accepte plus d’entrées. Prévenez la personne qui exploite cette porte.
telemetry-title = Télémétrie
telemetry-intro = Ce qui arrive avant que quiconque soit connu, comme les demandes écartées au seuil. C’est un journal à part, pour qu’aucun déferlement ne retarde une décision.

## Refus, erreurs et identification

refusal-title = L’accès n’a pas été ouvert
refusal-advice = Ce que vous pouvez faire maintenant
refusal-request = Numéro de la demande
refusal-evidence = Entrée du journal de preuves
sign-in-title = Identifiez-vous
sign-in-link = S’identifier
error-title = Cela n’a pas fonctionné

## Libellés des codes

tier-office = Niveau 1 : informatique de bureau
tier-medical = Niveau 2 : dispositifs médicaux
tier-building = Niveau 3 : gestion du bâtiment

kind-fhir = Dossiers patients (FHIR)
kind-web = Application web

outcome-permit = Permis
outcome-refusal = Refusé
outcome-breakable = Refusé, urgence possible

action-not-understood = Demande non comprise
action-read = Lecture
action-search = Liste
action-everything = Dossier complet
action-c-find = Images recherchées
action-c-get = Images récupérées
action-c-move = Images envoyées ailleurs
action-c-store = Images archivées
action-n-action = Tâche d’imagerie
action-n-create = Tâche d’imagerie ouverte
action-n-delete = Objet d’imagerie supprimé
action-n-get = Tâche d’imagerie lue
action-n-set = Tâche d’imagerie modifiée
action-create = Création
action-update = Modification
action-delete = Suppression
action-export = Export en masse
action-declareBreakGlass = Déclaration d’urgence
action-endGlass = Refermer une ouverture en urgence
action-giveNotice = Informer d’une ouverture
action-reviewGlass = Revoir une ouverture
action-useService = Usage d’un service
action-viewDesk = Ouverture de la console

purpose-BTG = Ouverture en urgence
purpose-ETREAT = Soins d’urgence
purpose-HOPERAT = Fonctionnement de l’établissement
purpose-HPAYMT = Facturation
purpose-HRESCH = Recherche
purpose-HTEST = Test
purpose-PATRQT = Demande du patient
purpose-TREAT = Soins

mode-normal = Accès ordinaire
mode-bris_de_glace = Bris de glace
mode-centre_15 = Régulation du centre 15

level-critical = Critique
level-high = Élevée
level-informational = Pour information
level-low = Faible
level-medium = Moyenne

review-open = À faire
review-overdue = En retard
review-justified = Justifiée
review-unjustified = Non justifiée

profession-biomedical-engineer = Ingénieur biomédical
profession-building-engineer = Ingénieur des services techniques
profession-clerk = Agent des admissions
profession-data-protection-officer = Délégué à la protection des données
profession-dentist = Chirurgien-dentiste
profession-dietitian = Diététicien
profession-laboratory-technician = Technicien de laboratoire
profession-midwife = Sage-femme
profession-nurse = Infirmier
profession-nursing-assistant = Aide-soignant
profession-pharmacist = Pharmacien
profession-physician = Médecin
profession-physiotherapist = Masseur-kinésithérapeute
profession-psychologist = Psychologue
profession-radiographer = Manipulateur en radiologie
profession-security-officer = Responsable de la sécurité
profession-social-worker = Assistant de service social
profession-student = Étudiant
