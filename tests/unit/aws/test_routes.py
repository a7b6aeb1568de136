"""Everything a process calls has a way there: a route, and a rule on both ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.aws.deployment import connector, functions, nested, root

NETWORK = nested("network")
DATABASE = nested("database")
EVERYWHERE = "0.0.0.0/0"
POSTGRES = 5432


def _route(table: str) -> dict[str, Any]:
    (route,) = [item for item in NETWORK.of_type("AWS::EC2::Route").values() if item["RouteTableId"] == {"Ref": table}]
    assert route["DestinationCidrBlock"] == EVERYWHERE
    return route


def _table_of(subnet: str) -> str:
    associations = NETWORK.of_type("AWS::EC2::SubnetRouteTableAssociation").values()
    (table,) = [item["RouteTableId"]["Ref"] for item in associations if item["SubnetId"] == {"Ref": subnet}]
    return str(table)


@pytest.mark.parametrize("subnet", ["PublicSubnetA", "PublicSubnetB"])
def test_the_connectors_subnets_lead_to_the_internet(subnet: str) -> None:
    assert subnet in str(NETWORK.document["Outputs"]["ConnectorSubnetIds"])
    assert _route(_table_of(subnet))["GatewayId"] == {"Ref": "InternetGateway"}


@pytest.mark.parametrize("subnet", ["PrivateSubnetA", "PrivateSubnetB"])
def test_the_functions_subnets_lead_to_the_internet_through_nat(subnet: str) -> None:
    assert subnet in str(NETWORK.document["Outputs"]["FunctionSubnetIds"])
    assert _route(_table_of(subnet))["NatGatewayId"] == {"Ref": "NatGateway"}
    gateway = NETWORK.of_type("AWS::EC2::NatGateway")["NatGateway"]
    assert _route(_table_of(gateway["SubnetId"]["Ref"]))["GatewayId"] == {"Ref": "InternetGateway"}


def test_a_task_in_a_public_subnet_has_an_address() -> None:
    (service,) = nested("connector").of_type("AWS::ECS::Service").values()
    assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == {"Ref": "PublicIp"}
    assert root().document["Parameters"]["ConnectorPublicIp"]["Default"] == "ENABLED"


@pytest.mark.parametrize("group", ["FunctionsSecurityGroup", "ConnectorSecurityGroup"])
def test_https_leaves_and_nothing_enters(group: str) -> None:
    properties = NETWORK.of_type("AWS::EC2::SecurityGroup")[group]
    (rule,) = properties["SecurityGroupEgress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (443, 443, EVERYWHERE)
    assert "SecurityGroupIngress" not in properties


def test_every_function_joins_the_network_when_the_database_is_inside() -> None:
    inside_it = [function for name, function in functions().items() if name != "explorer"]
    for function in inside_it:
        condition, inside, _ = function.properties["VpcConfig"]["Fn::If"]
        assert condition == "InVpc"
        assert inside["SecurityGroupIds"] == [{"Ref": "SecurityGroupId"}]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("FunctionsSecurityGroupId", "ProxySecurityGroup"),
        ("FunctionsSecurityGroupId", "DatabaseSecurityGroup"),
        ("ConnectorSecurityGroupId", "DatabaseSecurityGroup"),
        ("ProxySecurityGroup", "DatabaseSecurityGroup"),
    ],
)
def test_a_database_that_is_made_is_reached_from_both_ends(source: str, target: str) -> None:
    leaving = [
        rule
        for rule in DATABASE.of_type("AWS::EC2::SecurityGroupEgress").values()
        if rule["GroupId"] == {"Ref": source} and rule["DestinationSecurityGroupId"] == {"Ref": target}
    ]
    entering = [
        rule
        for rule in DATABASE.of_type("AWS::EC2::SecurityGroup")[target]["SecurityGroupIngress"]
        if rule["SourceSecurityGroupId"] == {"Ref": source}
    ]
    assert [rule["FromPort"] for rule in (*leaving, *entering)] == [POSTGRES, POSTGRES]


def test_a_database_of_your_own_is_reached_on_the_ports_of_servers_and_poolers() -> None:
    rules = NETWORK.of_type("AWS::EC2::SecurityGroupEgress")
    assert rules["ConnectorToYourDatabase"]["FromPort"] == POSTGRES
    pooled = rules["FunctionsToYourDatabase"]
    assert pooled["FromPort"] <= POSTGRES < 6543 <= pooled["ToPort"]


def test_the_explorer_stays_outside_and_reaches_only_the_api() -> None:
    explorer = functions()["explorer"]
    assert "VpcConfig" not in explorer.properties
    assert explorer.variables["GATEWAY_API_URL"] == {"Ref": "ApiUrl"}


def test_functions_reach_the_made_database_through_the_proxy_and_the_connector_directly() -> None:
    outputs = {name: item["Value"] for name, item in DATABASE.document["Outputs"].items()}
    assert "${Proxy.Endpoint}" in outputs["FunctionsUrl"]["Fn::Sub"]
    for direct in ("AdminUrl", "ConnectorUrl", "WhatsmeowUrl"):
        assert "${Instance.Endpoint.Address}" in outputs[direct]["Fn::Sub"]
    assert connector().variables["GATEWAY_DATABASE_URL"] == {"Ref": "DatabaseUrl"}


def test_health_has_a_route_and_a_throttle_of_its_own() -> None:
    """Settings of a route that does not exist fail a deployment."""
    api = nested("functions").of_type("AWS::Serverless::HttpApi")["Api"]
    events = functions()["api"].properties["Events"].values()
    routes = {f"{event['Properties'].get('Method')} {event['Properties'].get('Path')}" for event in events}
    assert api["RouteSettings"].keys() == {"GET /health"} <= routes
