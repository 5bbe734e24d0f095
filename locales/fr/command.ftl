# Ce que la ligne de commande écrit pour les personnes.

## hygie demo

demo-title = Hygie garde un groupement hospitalier de démonstration. Toutes les personnes et tous les dossiers sont inventés.
demo-address = Adresse
demo-feed = Flux HL7 v2 ADT (MLLP)
demo-air = Garde devant l’air du bloc (Modbus/TCP)
demo-ca = Autorité de certification
demo-key = Clé publique des preuves
demo-telemetry-key = Clé publique de la télémétrie
demo-data = Dossier de données
demo-data-reused = Le dossier de données d’un démarrage précédent est repris.
demo-identities = Les personnes que vous pouvez incarner
demo-identity = { $name }, { $role }
demo-identity-at = { $name }, { $role }, { $establishment }
demo-examples = Trois demandes à coller dans un autre terminal
demo-permitted = Une lecture permise : { $name } soigne ce patient.
demo-refused = Une lecture refusée : { $name } n’a pas accès à ces données, et la réponse dit pourquoi et que faire.
demo-break-glass = Un bris de glace : { $name } déclare une urgence, et le même dossier s’ouvre pour { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
}.
demo-verify = Pour vérifier qu’aucune preuve n’a été modifiée :
demo-played = { $good } étapes sur { $all } se sont passées comme prévu.
demo-query = Pour interroger les preuves en SQL :
demo-reviews = Pour voir les revues qui sont maintenant attendues :
demo-stop = Pour arrêter, appuyez sur Ctrl+C. Le dossier de données reste et sert au prochain démarrage.

## hygie verify

verify-holds = Les preuves tiennent : { $entries ->
    [one] { $entries } entrée est exactement telle qu’elle a été écrite.
   *[other] { $entries } entrées sont exactement telles qu’elles ont été écrites.
}
verify-checkpoint = Le dernier point de contrôle signé couvre { $entries ->
    [one] { $entries } entrée
   *[other] { $entries } entrées
} de { $origin }.
verify-uncovered = { $entries ->
    [one] { $entries } entrée qui le suit est intacte mais pas encore signée.
   *[other] { $entries } entrées qui le suivent sont intactes mais pas encore signées.
}
verify-empty = Le journal de preuves est vide : il n’y a encore rien à vérifier.
verify-broken = Les preuves ne tiennent pas : rupture à l’entrée { $entry }, dans le fichier { $file }, à la position { $offset }.
verify-broken-meaning = Ce qui s’y trouve n’est pas ce qui a été signé. Tout ce qui précède cette entrée est intact ; à partir d’elle, plus rien n’est prouvé.
verify-broken-advice = Ne modifiez rien. Gardez une copie du dossier entier, prévenez le responsable de la sécurité, et comparez avec la dernière copie gardée ailleurs.
verify-signature = Les preuves ne tiennent pas : aucun point de contrôle de ce dossier n’est signé par la clé donnée.
verify-signature-meaning = Soit c’est la clé d’un autre journal, soit le point de contrôle a été remplacé.
verify-signature-advice = Comparez la clé avec celle qui a été remise au début du journal. Si ce sont les mêmes, considérez qu’il y a eu falsification : gardez une copie du dossier et prévenez le responsable de la sécurité.
verify-shortened = Les preuves ne tiennent pas : le point de contrôle signé couvre { $signed ->
    [one] { $signed } entrée
   *[other] { $signed } entrées
}, et on n’en trouve que { $kept }.
verify-shortened-meaning = Des entrées ont été retirées de la fin après avoir été signées.
verify-unfinished = Le dernier enregistrement n’était pas fini quand le programme s’est arrêté. Il n’avait été confirmé à personne, donc rien n’est perdu ; le prochain démarrage le range.
verify-unreadable = Les preuves ne peuvent pas être vérifiées : { $path } est illisible.

verify-unchecked = Non vérifié : { $stream }.
verify-unchecked-advice = Aucune clé n’a été donnée pour ce journal. Donnez aussi la sienne, avec un autre --key.

## Les journaux d’une maison, et les sortes de leurs entrées

stream-decisions = Décisions et commandes
stream-telemetry = Télémétrie, ce qui arrive avant que quiconque soit connu
class-0 = ligne de journal
class-1001 = fichier d’un poste
class-1005 = bibliothèque d’un poste
class-1007 = processus d’un poste
class-2004 = détection
class-3002 = authentification
class-3004 = ouverture en urgence, sa fin, sa revue ou son annonce
class-3005 = changement de qui soigne qui
class-4001 = connexion réseau
class-4002 = requête web
class-4003 = résolution de nom
class-4004 = bail d’adresse
class-4005 = bureau à distance
class-4006 = partage de fichiers
class-4007 = terminal à distance
class-4009 = courriel
class-5001 = équipements observés
class-6002 = vie du programme
class-6003 = accès
class-6007 = recherche dans ce qui est conservé

## hygie init --telemetry

init-telemetry = Le journal de télémétrie a été ajouté à { $data }. Donnez une copie de sa clé publique { $file } à votre auditeur.

## hygie evidence prove, hygie verify-proof

prove-written = La preuve de l’entrée { $index } est dans { $file }. Avec ce fichier et la clé publique du journal, chacun peut la vérifier : aucun autre fichier n’est nécessaire.
prove-absent = Il n’y a pas d’entrée { $index } : le journal finit avant elle.
prove-unsigned = L’entrée { $index } est gardée, mais aucun point de contrôle signé ne la couvre encore. Le programme en marche signe en quelques secondes : attendez, puis demandez à nouveau.
proof-holds = La preuve tient : { $entries ->
    [one] l’entrée { $index } est la seule entrée que { $origin } a signée.
   *[other] l’entrée { $index } est l’une des { $entries } entrées que { $origin } a signées.
}
proof-kept = Elle a été gardée le { $time }. Sorte : { $class }.
proof-broken = La preuve ne tient pas : ce fichier ne montre rien.
proof-foreign = Le fichier nomme le journal { $found }, et la clé est celle de { $expected }.
proof-advice = Redemandez le fichier, et comparez la clé avec celle qui a été remise au début du journal.

## hygie policy explain

explain-question = { $name } ({ $profession }), patient { $patient } : { $action }, { $type } de confidentialité { $label }, le { $time }, finalité : { $purpose }.
explain-answer = { $outcome }. { $reason }.
explain-policies = Décidé par : { $policies }.
explain-no-policy = Aucune règle ne le permet en l’état.
explain-person-unknown = L’annuaire ne connaît pas cette personne.
explain-patient-unknown = L’annuaire ne connaît pas ce patient : personne n’a de relation de soins avec lui.
explain-not-posted = La personne n’a aucun poste en vigueur à cet instant.
explain-care-team = Dans l’équipe de soins { $team } en tant que { $role } depuis le { $from }.
explain-care-team-until = Cette appartenance prend fin le { $until }.
explain-no-care-team = Dans aucune équipe de soins de ce patient à cet instant.
explain-encounter = Le patient séjourne dans { $unit }, où la personne travaille à cet instant.
explain-no-encounter = Le patient ne séjourne dans aucune unité où la personne travaille à cet instant.
explain-shared-establishment = La personne travaille dans un établissement qui suit le patient. Cela seul n’est jamais une raison d’ouvrir un dossier.
explain-protected = La discrétion a été demandée pour ce patient : seule l’équipe de soins ouvre le dossier, ou une urgence déclarée.
explain-own-record = C’est le propre dossier de la personne : elle le lit en tant que patiente, non avec les droits d’une profession.
explain-account = Titulaire du compte : { $relationship }.
explain-entitled = La matrice ouvre la catégorie { $category } à cette profession pour cette action.
explain-not-entitled = La matrice n’ouvre pas la catégorie { $category } à cette profession pour cette action.
explain-no-category = La politique ne donne aucune catégorie à ce type de ressource : personne n’y est habilité.
explain-on-call = Le patient séjourne dans { $unit }, dont la personne est de garde à cet instant.
explain-replaces = La personne remplace { $name } à cet instant, et la relation est la sienne.
explain-supervisor = { $name } encadre la personne à cet instant, dans la même unité et pour ce patient.
explain-colleague = Le patient travaille au même endroit que la personne : seule l’équipe de soins ouvre le dossier, ou une urgence déclarée.
explain-consent = Le consentement { $consent } du patient le permet à cette personne, par son nom ou par son lieu de travail.
explain-general-consent = Le consentement { $consent } du patient le permet à tous ceux qui peuvent demander. Ce que cela ouvre, la politique le dit.
explain-objection = Le patient s’y oppose par { $consent }.
explain-objection-to-person = Cette opposition nomme cette personne même.
explain-emergency-objection = Par { $consent }, le patient refuse aussi une ouverture en urgence.
explain-breakable = Une urgence déclarée l’ouvrirait pour une heure au plus, et serait revue.

## hygie contain

contain-passes = Aucun soin en cours n’en souffre : l’ordre pourrait être donné.
contain-interrupted = Interrompu moins longtemps qu’il n’est toléré : { $functions }
contain-refused = Refusé : { $reasons }
contain-lost = { $name } ({ $function }) : { $because }. Tolérance sans cela : moins de { $tolerance } minutes.
contain-lost-until = Fin d’utilisation prévue à { $until }.
contain-safe-state = Si cela se perd malgré tout : { $state }
contain-path = Par ce chemin : { $path }
contain-more = Et { $count } de plus.
contain-unknown = Personne n’a dit ce qui dépend de : { $targets }
contain-unfit = Cela ne peut lui être fait : { $actions }
contain-instead = À la place, du plus doux au plus dur :
contain-nothing = Rien de plus doux n’a été trouvé.
contain-way = { $way } : { $actions }
contain-way-from = { $way }, à partir de { $begin } : { $actions }
contain-way-minutes = { $way }, pendant { $minutes } minutes : { $actions }
contain-searched = Tout n’a pas été essayé : il peut y avoir mieux.
contain-not-set-aside = On ne peut passer outre : { $faults }.
contain-override = La personne qui répond de la sécurité des soins et celle qui répond de la sécurité informatique peuvent passer outre ensemble, avec un motif et pour { $hours } heures au plus : --safety, --security, --reason et --until disent si cela tiendrait.
contain-set-aside = { $safety } et { $security } passent outre jusqu’au { $until } : cela pourrait être ordonné, et ces soins seraient perdus :
contained-care-function-lost = des soins en cours seraient perdus
contained-measure-unfit = une mesure ne convient pas à ce qu’elle vise
contained-too-many-in-force = trop de confinements sont en vigueur
contained-unknown-dependency = personne ne sait ce qui dépend d’une cible, elle compte donc comme vitale
contained-use-unknown = personne n’a dit ce qui est en cours, tout compte donc
overriding-in-force-changed = autre chose est entré en vigueur depuis
overriding-not-safety = qui signe pour la sécurité des soins n’en répond pas en ce moment
overriding-not-security = qui signe pour la sécurité informatique n’en répond pas en ce moment
overriding-override-expired = sa fin n’est pas à venir
overriding-override-too-long = cela durerait plus de 12 heures
overriding-reason-missing = aucun motif n’est donné
overriding-reason-too-long = le motif est trop long
overriding-refusal-stale = le refus est trop ancien, il faut redemander
overriding-same-person = une seule personne signe pour les deux
overriding-unchangeable = aucune signature ne rend une mesure adaptée ni ne fait de la place
lost-last-supplier = rien d’autre ne lui donne ce qu’il faut
lost-needs-unknown = personne n’a dit ce qu’il lui faut
lost-supplier-unknown = personne ne sait si cela lui est nécessaire
measure-block-writes = bloquer les écritures
measure-cut-power = couper le courant
measure-disable-account = fermer le compte
measure-isolate = isoler entièrement
measure-isolate-from-outside = isoler de l’extérieur
milder-block-writes = Bloquer les écritures et garder les lectures
milder-contain-the-rest = Confiner le reste
milder-isolate = Isoler et laisser le courant
milder-isolate-from-outside = Isoler de l’extérieur seulement
milder-shorten = Moins longtemps
milder-wait = Attendre la fin de ce qui est en cours

## hygie responsibilities

responsibilities-asset = { $name } ({ $asset })
responsibilities-line = { $aspect } : { $persons } ({ $capacity })
responsibilities-nobody = { $aspect } : personne, { $because }
responsibilities-gaps = { $count ->
    [0] Dans les { $days } jours à venir, quelqu’un répond de tout.
    [one] Dans les { $days } jours à venir, une fois personne ne répond :
   *[other] Dans les { $days } jours à venir, { $count } fois personne ne répond :
}
responsibilities-gap = { $asset }, { $aspect } : du { $from } au { $until }, { $because }
responsibilities-conflicts = { $count ->
    [one] Un conflit :
   *[other] { $count } conflits :
}
responsibilities-two-holders = { $asset }, { $aspect } : { $first } et { $second } en sont titulaires tous deux du { $from } au { $until }
responsibilities-sole-approver = { $asset } : { $person } répond seul de plusieurs aspects de { $act }, qui demande une personne différente pour chacun, du { $from } au { $until }
responsibilities-unknown = L’annuaire n’a personne de : { $names }
responsibilities-incomplete = Tout n’a pas été regardé : demandez moins de jours.
responsibilities-none = L’annuaire ne nomme personne qui réponde d’un équipement.
aspect-container = contenant
aspect-content = contenu
aspect-electricity = électricité
aspect-maintenance = entretien
aspect-network = réseau
aspect-pressure = pression
aspect-use = usage
capacity-deputy = suppléance
capacity-holder = titulaire
capacity-on-call = astreinte
unanswered-nobody-there = aucune des personnes nommées n’est là à cette heure
unanswered-responsibility-expired = la responsabilité a pris fin
unanswered-unassigned = personne n’est encore nommé
unanswered-unknown-asset = l’annuaire n’a pas cet équipement
unanswered-unknown-person = l’annuaire n’a aucune des personnes nommées

## hygie guard replay

guard-replayed = { $allowed } demandes peuvent passer, { $denied } sont refusées.

## hygie inventory

inventory-counted = { $assets } équipements, relevés dans { $frames } trames et événements.
inventory-full = { $count } de plus dépassent ce qu’un inventaire contient.
inventory-live = Lecture de ce qui arrive sur { $interface } ; interrompez (Ctrl-C) pour voir ce qui a été vu.

## hygie incidents

incidents-title = { $count ->
    [0] Aucun incident n’est ouvert.
    [one] Un incident est ouvert.
   *[other] { $count } incidents sont ouverts.
}
incidents-line = { $number } { $level } : { $about } ; { $rules } ; du { $first } au { $last }
incidents-alerted = { $name } : { $persons }
incidents-alerted-nobody = { $name } : personne n’en répond en ce moment
incidents-risk = risque { $entity } : { $points }

## hygie reviews

reviews-title = { $count ->
    [0] Aucune revue n’est attendue.
    [one] { $count } revue est attendue :
   *[other] { $count } revues sont attendues :
}
reviews-overdue = { $count ->
    [one] { $count } d’entre elles est en retard.
   *[other] { $count } d’entre elles sont en retard.
}
reviews-line = { $review } : { $person } a ouvert en urgence le dossier du patient { $patient } ({ $reason }). Revue attendue avant : { $due }.

## hygie evidence show

evidence-show-title = { $count ->
    [0] Aucun accès pendant cette période.
    [one] { $count } accès pendant cette période.
   *[other] { $count } accès pendant cette période.
}
evidence-show-permitted = { $time }  { $person } ({ $profession }) a vu { $type }. Raison : { $reason }.
evidence-show-refused = { $time }  { $person } ({ $profession }) s’est vu refuser { $type }. Raison : { $reason }.
evidence-show-glass = { $time }  { $person } ({ $profession }) a déclaré une urgence. Raison : { $reason }.
evidence-show-act-approved = { $time }  { $person } a approuvé l’acte { $act } ; un autre accord est nécessaire.
evidence-show-act-asked = { $time }  { $person } a demandé l’acte { $act } sur { $asset }.
evidence-show-act-complete = { $time }  { $person } a approuvé l’acte { $act } : il peut être fait.
evidence-show-act-withdrawn = { $time }  { $person } a repris l’acte { $act }.
evidence-show-command = { $time }  { $person } a commandé { $device } : { $function }.
evidence-show-command-refused = { $time }  { $person } s’est vu refuser une commande à { $device } : { $function }. Raison : { $reason }.
evidence-show-reads = { $time }  { $person } a lu { $device } : { $function }, { $count } fois.
evidence-show-seat-left = { $time }  { $person } ne travaille plus à { $address }.
evidence-show-seat-taken = { $time }  { $person } travaille à { $address }.
evidence-show-sealed = Les noms des patients sont scellés dans les preuves. Donnez la clé qui les ouvre pour en voir plus.

relationship-guardian = la personne chargée de la protection du patient
relationship-parent = un parent du patient
relationship-self = la personne soignée
