"""The supervisor of `leerlus up --detach`."""

from services.supervisor.detach import main

main()
